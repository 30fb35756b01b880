"""The accounts one may sign in with in the demonstration, and nowhere else."""

from dataclasses import dataclass

from escalation.domain.codes import Office

PASSWORD = "escalation-demo"  # noqa: S105 - public: it opens the demonstration only


@dataclass(frozen=True)
class DemoAccount:
    """One address, and what it shows."""

    email: str
    office: Office


ACCOUNTS = (
    DemoAccount("president@demo.test", Office.COMMUNE_PRESIDENT),
    DemoAccount("president2@demo.test", Office.COMMUNE_PRESIDENT),
    DemoAccount("president3@demo.test", Office.COMMUNE_PRESIDENT),
    DemoAccount("delegate@demo.test", Office.COMMUNE_DELEGATE),
    DemoAccount("reviewer@demo.test", Office.PROVINCE_REVIEWER),
    DemoAccount("coordinator@demo.test", Office.PROVINCE_COORDINATOR),
    DemoAccount("member@demo.test", Office.GROUP_MEMBER),
    DemoAccount("chair@demo.test", Office.GROUP_PRESIDENT),
    DemoAccount("secretary@demo.test", Office.REGIONAL_SECRETARY),
    DemoAccount("staff@demo.test", Office.SECRETARIAT_STAFF),
    DemoAccount("admin@demo.test", Office.ADMINISTRATOR),
)
