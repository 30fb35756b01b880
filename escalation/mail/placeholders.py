"""What each placeholder is called in the language of the mail in which it stands, as whoever writes it types it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from escalation.domain.codes import Language
from escalation.domain.wordings import Names, Placeholder

_NAMES: Final = {
    Placeholder.GREETING: ("تحية البداية", "salutation", "greeting"),
    Placeholder.USUAL_SUBJECT: ("الموضوع المعتاد", "objet habituel", "usual subject"),
    Placeholder.USUAL_OPENING: ("البداية المعتادة", "début habituel", "usual opening"),
    Placeholder.USUAL_DETAILS: ("التفاصيل المعتادة", "suite habituelle", "usual details"),
    Placeholder.CASE: ("سطر الملف", "ligne du dossier", "case line"),
    Placeholder.LINK: ("الرابط", "lien", "link"),
    Placeholder.CLOSING: ("عبارة الختام", "formule de fin", "closing words"),
    Placeholder.REF: ("المرجع", "référence", "reference"),
    Placeholder.COMMUNE: ("الجماعة", "commune", "commune"),
    Placeholder.PROVINCE: ("الإقليم أو العمالة", "province ou préfecture", "province or prefecture"),
    Placeholder.REGION: ("الجهة", "région", "region"),
    Placeholder.DESK: ("خلية التتبع", "cellule de suivi", "desk"),
    Placeholder.TYPE: ("نوع العائق", "type", "type"),
    Placeholder.PROJECT: ("المشروع", "projet", "project"),
    Placeholder.DUE: ("الأجل", "échéance", "due date"),
    Placeholder.CAPACITY: ("الصفة", "qualité", "capacity"),
    Placeholder.COUNT: ("عدد الملفات", "nombre de dossiers", "number of cases"),
    Placeholder.INSTALLATION: ("اسم المنصة", "nom de la plateforme", "name of the platform"),
}
_ORDER: Final = (Language.AR, Language.FR, Language.EN)

NAMES: Final[Mapping[Language, Names]] = MappingProxyType(
    {
        language: MappingProxyType({one: names[place] for one, names in _NAMES.items()})
        for place, language in enumerate(_ORDER)
    }
)
