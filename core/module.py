"""The kernel's own module: its tables, entities, commands and jobs, contributed as a plugin contributes its own."""

from __future__ import annotations

from types import MappingProxyType

from core import hooks
from core.access_log import models as access_log_models
from core.api import explain
from core.jobs import housekeeping
from core.jobs import models as job_models
from core.own import access_log as own_access_log
from core.own import people as own_people
from core.own import services as own_services
from core.people import models as people_models
from core.plugins.loader import LoadedModule
from core.plugins.manifest import PLUGIN_API_VERSION, Manifest
from core.services import models as service_models
from core.services.files import rules as file_rules
from core.services.settings import CoreSettings
from core.write import models as write_models

MANIFEST = Manifest(
    name="core",
    version="0.1.0",
    api=f"=={PLUGIN_API_VERSION}",
    title={"en": "Kernel", "zh-CN": "内核"},
    settings=CoreSettings,
)

KERNEL = LoadedModule(
    manifest=MANIFEST,
    package="core",
    modules=MappingProxyType(
        {
            "people.models": people_models,
            "access_log.models": access_log_models,
            "write.models": write_models,
            "jobs.models": job_models,
            "services.models": service_models,
            "own.people": own_people,
            "own.services": own_services,
            "own.access_log": own_access_log,
            "services.files.rules": file_rules,
            "api.explain": explain,
            "jobs": housekeeping,
            "plugin": hooks,
        }
    ),
    settings=CoreSettings(),
    origin="built-in",
)
