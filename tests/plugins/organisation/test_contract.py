import pytest

from forecourt.testing import contract

pytestmark = pytest.mark.once

test_contract = contract("organisation")
