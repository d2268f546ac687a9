"""Sales keeps the rules that every plugin keeps."""

import pytest

from forecourt.testing import contract

pytestmark = pytest.mark.once

test_contract = contract("sales")
