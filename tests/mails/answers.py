# ruff: noqa: E501 - mails as programs write them
"""Answers as the mail programs of people write them, in Arabic, French and English: what was written, and all of it."""

from collections.abc import Iterator
from dataclasses import dataclass

QUOTED = "تحية طيبة،\nتحتاج خلية التتبع إلى توضيحات من جماعتكم.\n\nhttps://suivi.example.test/obstacles/OBS-2026-00042"
OURS = "عوائق التنمية <reply+abc@reply.example.test>"


@dataclass(frozen=True)
class Answer:
    """One answer: by which program, what its writer wrote, and the text part of the mail."""

    program: str
    written: str
    text: str


WRITTEN = (
    "نعم، توصلنا بالوثيقة يوم الاثنين.",
    "توصلنا بالاتفاقية.\n\nسنرسل النسخة الموقعة غدا.",
    "La convention est signée depuis lundi.",
    "Oui.\n\nLe 3 mars nous avons reçu l’accord : il est joint.\nDe notre côté tout est prêt.",
    "The signed copy is attached.",
    "On Monday we received it; two points:\n- the road\n- the well",
    "في يوم الاثنين توصلنا بها من المصلحة",
    "Les montants sont :\n1 200 000 DH\n-- et non 2 000 000",
    "Le dossier est prêt.\nEnvoyé de la préfecture par courrier recommandé lundi.",
    "أرسلت من طرف القيادة يوم الاثنين.",
    "في اجتماع الاثنين كتب القائد محضرا:\n- حضر الجميع",
    "On Monday the caïd wrote:\nall is signed",
    "Le président a écrit :\ntout est signé. Sent from the province by courier.",
)

INTRODUCTIONS = {
    "gmail-ar": f"\u202bفي الاثنين، 30 نوفمبر 2026 في 10:12 ص تمت كتابة ما يلي بواسطة \u202a{OURS}\u202c\u200f>:\u202c",
    "gmail-ar-wrapped": "في الاثنين، 30 نوفمبر 2026 في 10:12 ص تمت كتابة ما يلي بواسطة\nعوائق التنمية <\nreply+abc@reply.example.test>:",
    "gmail-ar-older": f"بتاريخ 30 نوفمبر 2026 10:12 ص، جاء من {OURS}:",
    "gmail-fr": f"Le lun. 30 nov. 2026 à 10:12, {OURS} a écrit :",
    "gmail-fr-wrapped": "Le lun. 30 nov. 2026 à 10:12, عوائق التنمية <\nreply+abc@reply.example.test> a écrit :",
    "gmail-en": f"On Mon, Nov 30, 2026 at 10:12 AM {OURS} wrote:",
    "gmail-en-wrapped": "On Mon, Nov 30, 2026 at 10:12 AM عوائق التنمية <\nreply+abc@reply.example.test> wrote:",
    "apple-ar": f"في ٣٠ نوفمبر ٢٠٢٦، الساعة ١٠:١٢ ص، كتب/كتبت {OURS}:",
    "apple-ar-day": f"في يوم الاثنين 30 نوفمبر 2026، كتب {OURS}:",
    "apple-fr": f"Le 30 nov. 2026 à 10:12, {OURS} a écrit\u00a0:",
    "apple-en": f"On 30 Nov 2026, at 10:12, {OURS} wrote:",
    "yahoo-ar": "في الاثنين، ٣٠ نوفمبر ٢٠٢٦, ١٠:١٢:٠٣ ص غرينتش+١، كتب عوائق التنمية <reply+abc@reply.example.test>:",
    "yahoo-fr": f"Le lundi 30 novembre 2026 à 10:12:03 UTC+1, {OURS} a écrit :",
    "yahoo-en": f"On Monday, November 30, 2026 at 10:12:03 AM GMT+1, {OURS} wrote:",
    "thunderbird-fr": "Le 30/11/2026 à 10:12, عوائق التنمية a écrit\u00a0:",
    "thunderbird-en": "On 30/11/2026 10:12, عوائق التنمية wrote:",
    "gmail-fr-three-lines": "Le lun. 30 nov. 2026 à 10:12, Suivi des obstacles des communes\nde la région <reply+abc@reply.example.test>\na écrit :",
    "gmail-ar-verb-between": f"{OURS} كتب في الاثنين، 30 نوفمبر 2026:",
    "roundcube-ar": f"في 2026-11-30 10:12، كتب {OURS}:",
    "apple-ar-isolated": f"\u2067في ٣٠\u200f/١١\u200f/٢٠٢٦، الساعة ١٠:١٢، كتب/كتبت \u2066{OURS}\u2069:\u2069",
    "proton-fr": f"Le lundi 30 novembre 2026 à 10:12, {OURS} a écrit :",
}
BLOCKS = {
    "outlook-ar": "من: عوائق التنمية <no-reply@example.test>\nتم الإرسال: الاثنين، 30 نوفمبر 2026 10:12 ص\nإلى: رئيس الجماعة\nالموضوع: [OBS-2026-00042] توضيحات مطلوبة",
    "outlook-ar-line": "________________________________\nمن: عوائق التنمية <no-reply@example.test>\nتاريخ الإرسال: ٣٠ نوفمبر ٢٠٢٦\nإلى: president@example.test\nالموضوع: توضيحات",
    "outlook-fr": "De : عوائق التنمية <no-reply@example.test>\nEnvoyé : lundi 30 novembre 2026 10:12\nÀ : president@example.test\nObjet : Précisions attendues",
    "outlook-fr-line": "________________________________\nDe : عوائق التنمية\nEnvoyé : lundi 30 novembre 2026 10:12\nÀ : president@example.test\nObjet : Précisions",
    "outlook-en": "From: عوائق التنمية <no-reply@example.test>\nSent: Monday, November 30, 2026 10:12 AM\nTo: president@example.test\nSubject: A few details",
    "outlook-fr-classic": "-----Message d'origine-----\nDe : عوائق التنمية\nEnvoyé : lundi 30 novembre 2026",
    "outlook-en-classic": "-----Original Message-----\nFrom: x",
    "outlook-ar-classic": "-----الرسالة الأصلية-----\nمن: عوائق التنمية",
    "yahoo-ar-one-line": f"في الاثنين, نوفمبر ٣٠, ٢٠٢٦ في ١٠:١٢ ص, {OURS} كتب:   تحية طيبة",
    "yahoo-fr-one-line": f"Le lun., nov. 30, 2026 à 10:12, {OURS} a écrit :   Madame, Monsieur",
    "zimbra-fr": '----- Mail original -----\nDe: "x" <x@example.test>\nÀ: y\nEnvoyé: Lundi 30 Novembre 2026 10:12:00\nObjet: z',
    "huawei-ar": "-------- الرسالة الأصلية --------\nالموضوع: y\nمن: x\nإلى: z",
    "samsung-fr": "-------- Message d’origine --------\nDe : عوائق التنمية <no-reply@example.test>\nDate : 30/11/2026 10:12 (GMT+01:00)\nÀ : x\nObjet : y",
    "samsung-ar": "-------- رسالة أصلية --------\nمن: عوائق التنمية\nالتاريخ: ٣٠/١١/٢٠٢٦",
    "pgp-signature": "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEE\n-----END PGP SIGNATURE-----",
    "uuencode": "begin 644 plan.gif\nM1TE&.#EA\n`\nend",
    "forward-fr": "---------- Forwarded message ---------\nDe : x",
    "apple-forward-fr": "Début du message réexpédié :\n\nDe: x",
}
SIGNATURES = {
    "none": "",
    "dashes": "\n-- \nرئيس جماعة عين عائشة\n0612345678",
    "iphone-fr": "\nEnvoyé de mon iPhone",
    "iphone-en": "\nSent from my iPhone",
    "iphone-ar": "\nتم الإرسال من الـ iPhone",
    "device-ar": "\nأرسلت من هاتفي Samsung Galaxy",
    "marked-ar": "\n\u202bأُرسلت من الـ iPhone\u202c",
    "outlook-fr": "\nTéléchargez Outlook pour Android",
    "outlook-fr-apostrophe": "\nEnvoyé à partir d’Outlook pour Android",
    "outlook-fr-link": "\nObtenir Outlook pour iOS<https://aka.ms/x>",
    "samsung-ar": "\nتم الإرسال من هاتف Samsung Galaxy الخاص بي.",
    "xiaomi-fr": "\nEnvoyé depuis mon Xiaomi",
    "outlook-ar": "\nالحصول على Outlook لـ iOS",
    "yahoo-ar": "\nمرسل من Yahoo Mail على Android",
    "yahoo-fr": "\nEnvoyé depuis Yahoo Mail pour Android",
}


def answers() -> Iterator[Answer]:
    """Yield every text under every form of quotation and signature."""
    for name, introduction in INTRODUCTIONS.items():
        quoted = "\n".join(f"> {line}".rstrip() for line in QUOTED.split("\n"))
        for mark, below in (("quoted", quoted), ("bare", QUOTED)):
            yield from _signed(f"{name}/{mark}", f"{introduction}\n\n{below}")
    for name, block in BLOCKS.items():
        yield from _signed(name, f"{block}\n\n{QUOTED}")


def _signed(program: str, quotation: str) -> Iterator[Answer]:
    for kind, signature in SIGNATURES.items():
        for written in WRITTEN:
            yield Answer(f"{program}/{kind}", written, f"{written}\n{signature}\n\n{quotation}\n")
