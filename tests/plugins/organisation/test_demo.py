from core.cli.demo import load
from forecourt.testing import sample_dealer
from plugins.organisation import demo
from plugins.organisation.models import Employee, Outlet


async def test_everybody_of_the_demo_is_on_the_staff_once(database_url: str) -> None:
    async with sample_dealer(["organisation"], database_url=database_url) as sample:
        await sample.read(lambda: load(sample.dealer))
        await sample.run(demo.write)
        staff = await sample.read(lambda: Employee.all().select_related("user").order_by("number"))
        assert len(staff) == 30
        assert len({one.number for one in staff}) == 30
        assert all(one.user is not None and one.name == one.user.display_name for one in staff)
        assert {one.position for one in staff} >= {"系统管理员", "店长", "总部"}
        assert await sample.read(lambda: Outlet.all().count()) == 2
