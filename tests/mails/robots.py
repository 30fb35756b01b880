"""Mails that programs write: holidays, lists, receipts and our own coming back; none of them is anybody's words."""

from collections.abc import Iterator

MARKS = (
    "Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated", "AUTO-SUBMITTED: Auto-Replied (vacation)",
    "Auto-Submitted: auto-notified; owner-email=x@example.test", "Precedence: bulk", "Precedence: auto_reply",
    "Precedence: list", "Precedence: junk", "X-Auto-Response-Suppress: All", "X-Auto-Response-Suppress: OOF, AutoReply",
    "X-Auto-Response-Suppress: DR, RN, NRN, OOF", "X-Loop: president@example.test", "List-Id: <list.example.test>",
    "List-Unsubscribe: <mailto:x@example.test>", "X-Autoreply: yes", "X-Autorespond: Absence", "X-Autoresponder: 1",
    "X-AutoReply-From: x@example.test", "X-Mail-Autoreply: 1", "X-FC-MachineGenerated: true", "X-Cron-Env: <X=1>",
    "X-MS-Exchange-Inbox-Rules-Loop: president@example.test", "X-POST-MessageClass: 9; Autoresponder",
    "X-Escalation-Event: information_requested", "Return-Path: <>", "X-Failed-Recipients: x@example.test",
    "X-Vacation: yes", "Feedback-Type: abuse", "Return-Path: <MAILER-DAEMON>", "X-Mailer: vacation 1.2",
    "User-Agent: Autoresponder", "X-BeenThere: list@example.test", "X-Auto-Submitted: auto-replied",
    'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"',
    "Content-Type: message/feedback-report", "Content-Type: text/vnd.google.email-reaction+json",
    'Content-Type: text/calendar; charset="utf-8"; method=REPLY', "X-RT-Loop-Prevention: x", "RT-Ticket: x #1",
    "X-OTRS-Loop: x@example.test", "X-Roundup-Loop: hello", "X-List-Unsubscribe: <mailto:x@example.test>",
    "X-ListServer: x", "X-Mailman-Version: 2.1", "List-Help: <mailto:x@example.test>", "List-Archive: <x:y>",
    "List-Owner: <mailto:x@example.test>", "List-Subscribe: <mailto:x@example.test>",
)  # fmt: skip
SENDERS = (
    "MAILER-DAEMON@example.test", "postmaster@example.test", "no-reply@example.test", "noreply@example.test",
    "do-not-reply@example.test", "list-bounces@example.test", "owner-list@example.test", "ne-pas-repondre@example.test",
    "mail-daemon@example.test",
)  # fmt: skip
SUBJECTS = (
    "Automatic reply: [OBS-2026-00042] A few details", "Réponse automatique : Précisions attendues",
    "رد تلقائي: [OBS-2026-00042] توضيحات مطلوبة", "الرد التلقائي: توضيحات", "Out of Office: details",
    "Absence du bureau : précisions", "خارج المكتب", "\u202bرد تلقائي\u202c: توضيحات", "Undeliverable: details",
    "[Postmaster] Email Delivery Failure", "failure delivery", "Warning: could not send message for past 4 hours",
    "Courrier non distribué", "لم يتم تسليم رسالتكم", "Re: Out of office AutoReply: details",
    "RE: [OBS-2026-00042] Réponse automatique : précisions", "رد: رد تلقائي: توضيحات", "[tickets] Ticket #42 received",
    "Automatische Antwort: Angaben", "Respuesta automática: datos", "Автоматический ответ: x", "自動応答: x",
    "Accepted: Meeting", "Recall: details", "Non lu : précisions", "details (Out of Office)", "غير قابل للتسليم: x",
    "Message automatique", "Avis de non-remise",
)  # fmt: skip

ABSENCE = "أنا في عطلة حتى يوم الاثنين.\r\nJe suis absent jusqu’à lundi."
NAMES = ("Mail Delivery Subsystem", "MAILER-DAEMON", '"Mail Delivery System"', "No Reply", "System Administrator")
SENTENCES = (
    "Hi. This is the qmail-send program at mx.example.test.",
    "This message was created automatically by mail delivery software.",
    "This is the mail system at host mx.example.test.",
    "The original message was received at Mon, 30 Nov 2026 10:12:00 +0100",
    "Your message to president@example.test could not be delivered.",
    "Bonjour,\r\n\r\nVotre message adressé à la commune n’a pas pu être remis.",
    "Ceci est une réponse automatique. Nous avons bien reçu votre courriel.",
    "Merci de ne pas répondre à ce message.",
    "This is an automated response: a ticket was opened.",
    "تحية طيبة،\r\nهذا رد تلقائي، توصلنا برسالتكم.",
    "تعذر تسليم رسالتك إلى المستلم.",
    "Bonjour, je suis absent du bureau jusqu’au 7 décembre. En cas d’urgence, appelez le secrétariat.",
    "I am currently out of the office with limited access to my mail.",
    "أنا حاليا في إجازة. للضرورة اتصلوا بالكاتب العام.",
    "I'm out of the office and will be back on Tuesday.",
    "Je suis absente du bureau ; je répondrai à mon retour.",
    "Nous avons bien reçu votre demande, qui sera traitée dans les plus brefs délais.",
    "توصلنا بطلبكم وسيتم الرد عليه في أقرب الآجال.",
    "We have received your mail and will get back to you within two business days.",
    "According to our records, your request has been resolved.",
    "We had trouble delivering your message.",
    "Cette adresse de courriel n’est plus utilisée.",
)
WRITTEN_BY_PEOPLE = (
    "Je suis absent lundi, mais la convention est signée.", "Le courrier a été remis au caïd.",
    "نعم، تسلمنا الرسالة يوم الاثنين.", "We sent the letter to the ministry; it was not delivered to us.",
    "أنا في مهمة هذا الأسبوع وسيرسل الكاتب العام الوثيقة.",
    "Nous avons bien reçu votre courrier ; la convention est signée.", "توصلنا بطلبكم، والوثيقة مرفقة.",
    "توصلنا برسالتكم وسنوافيكم بالنسخة الموقعة في أقرب الآجال.",
    "Nous avons bien reçu votre demande ; le PV vous sera transmis dans les meilleurs délais.",
    "Le topographe est en congé et l’affaire est urgente.", "The pipes could not be delivered: the road is cut.",
    "Le ticket de pesée est joint ; votre dossier sera complété lundi.",
)  # fmt: skip
SUBJECTS_OF_PEOPLE = (
    "Re: [OBS-2026-00042] توضيحات", "RE: Précisions", "TR: absence de route", "Re: Re: [OBS-2026-00042] x",
    "رد: إعادة: توضيحات مطلوبة", "Confirmation de la réunion", "Lundi : accord signé",
)  # fmt: skip
TORN_HEADS = ("X Spam: yes\r\nAuto-Submitted: auto-replied", "Auto-Submitted : auto-replied")
"""Lines that are no headers, and end the head for whoever reads it; what stands below them was meant as one."""


def robots(sender: str, to: str) -> Iterator[bytes]:
    """Yield mails that say of themselves, by one mark each, that a program wrote them."""
    for number, mark in enumerate(MARKS):
        yield _mail(sender, to, f"mark.{number}", mark)
    for number, robot in enumerate(SENDERS):
        yield _mail(robot, to, f"sender.{number}")


def perhaps_robots(sender: str, to: str) -> Iterator[bytes]:
    """Yield mails of which only the subject, the name or the words read like those of a program."""
    for number, subject in enumerate(SUBJECTS):
        yield _mail(sender, to, f"subject.{number}", subject=subject)
    for number, name in enumerate(NAMES):
        yield _mail(f"{name} <{sender}>", to, f"name.{number}")
    for number, torn in enumerate(TORN_HEADS):
        yield _mail(sender, to, f"torn.{number}", f"Subject: away\r\n{torn}")
    for number, words in enumerate(SENTENCES):
        yield _mail(sender, to, f"words.{number}", words=words)


def by_people(sender: str, to: str) -> Iterator[bytes]:
    """Yield mails that people wrote, in words that programs use too."""
    for number, words in enumerate(WRITTEN_BY_PEOPLE):
        yield _mail(sender, to, f"people.{number}", words=words)
    for number, subject in enumerate(SUBJECTS_OF_PEOPLE):
        yield _mail(sender, to, f"people.subject.{number}", subject=subject)


def _mail(
    sender: str, to: str, name: str, mark: str = "X-Mark: none", *, subject: str = "Re: x", words: str = ABSENCE
) -> bytes:
    lines = [
        mark,
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        f"Message-ID: <{name}@example.test>",
        "",
        words,
    ]
    return "\r\n".join(lines).encode()
