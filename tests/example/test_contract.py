from pathlib import Path

import pytest

from forecourt.testing import contract

pytestmark = pytest.mark.once

test_contract = contract("insurance", folders=[Path(__file__).parent])
