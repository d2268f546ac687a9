import pytest

from forecourt.testing import contract
from tests.sdk.conftest import FOLDER

pytestmark = pytest.mark.once

test_contract = contract("insurance", folders=[FOLDER])
