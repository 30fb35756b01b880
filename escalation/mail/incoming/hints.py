"""Whether a mail without any mark of a program reads as one writes: a hint, on which it waits and is not thrown away.

Subjects, names and first sentences of the programs that people meet here, in Arabic, French and English; subjects in
the languages of whoever else may answer.
"""

import re
from email.errors import MissingHeaderBodySeparatorDefect
from typing import Final

from escalation.mail.incoming import headers
from escalation.mail.incoming.reading import Read
from escalation.mail.incoming.words import written_words

BEGINNING_CHARS: Final = 600
MOST_LOOKED_AT: Final = 2500

SUBJECTS: Final = re.compile(
    r"(?:(?:re|aw|sv|tr|fwd?|رد|إعادة) ?: ?|\[[^\[\]]{1,60}\] ?|\(){0,4}"
    r"(?:automat(?:ic|ed) reply|auto(?:matic)?[- ]?(?:reply|response)|autoreply|auto: |out of (?:the )?office"
    r"|away from .{0,20}office|vacation|reponse automatique|absence du bureau"
    r"|absent(?:e)? du bureau|message d['’]absence|je suis absent|notification d['’]absence|accusé de réception"
    r"|réponse auto|répondeur|message automatique|absence ?: |auto[- ]?generated|ooo\b|away: |on (?:annual )?leave: "
    r"|automatische? (?:antwort|beantwoording|antwoord)|abwesen|respuesta autom[aá]tica|fuera de (?:la )?oficina"
    r"|resposta autom[aá]tica|ausente|risposta automatica|autosvar|automatisk|automaattinen|odpowied[zź] automatyczna"
    r"|автоматический ответ|автоответ|otomatik yan[ıi]t|自動応答|自動返信|自动答复|自动回复|자동 회신"
    r"|.{1,150}\bautomatiska atbilde|.{1,150}\bout of (?:the )?office\b"
    r"|(?:your |a )?ticket\b.{0,40} (?:received|created|opened|resolved)|your request .{0,30}received"
    r"|we (?:have )?received your|thank you for contacting|please confirm|confirm your"
    r"|(?:non )?lu ?: |(?:not )?read: |deleted: |recall: |delivered: |accepted: |declined: |accepté ?: |refusé ?: "
    r"|ردّ? ?تلقائي|الرد التلقائي|رد آلي|الرد الآلي|خارج المكتب|إجازة|غائب عن المكتب"
    r").{0,300}",
    re.IGNORECASE,
)
FAILURES: Final = re.compile(
    r"(?:\[[^\[\]]{1,40}\] )?(?:e-?mail )?"
    r"(?:undeliver|nondeliver|non-deliver|delivery (?:status|failure|notification|problem|report)|mail delivery"
    r"|returned (?:mail|message)|failure (?:notice|delivery)|mail (?:system error|failure)"
    r"|warning: (?:could not send|message .{0,60}delayed)|could not (?:send|deliver)"
    r"|message (?:could )?not (?:be )?deliver|unzustellbar|échec de (?:la )?remise|non remis|courrier non distribu"
    r"|mail could not|error sending your mail|unable to deliver|permanent delivery|user unknown|rejected mail"
    r"|mail error|error mail report|message (?:status - )?(?:undeliverable|non distribué)|non délivrable"
    r"|avis de non-remise|notification d['’]état de remise|nicht zustellbar|onbestelbaar|no se puede entregar"
    r"|non recapitabile|не удалось доставить|недоставленное|配信不能|无法投递|غير قابل للتسليم"
    r"|تعذر (?:ال)?تسليم|فشل (?:ال)?تسليم|لم يتم تسليم).{0,300}",
    re.IGNORECASE,
)
NAMES: Final = re.compile(
    r"mailer-?daemon|mail delivery (?:sub)?system|delivery subsystem|post ?master|(?:system|mail) administrator"
    r"|auto-?respon|auto-?reply|no[- ]?reply",
    re.IGNORECASE,
)
"""By which name programs write, whatever the address."""
SENTENCES: Final = re.compile(
    r"this is an? auto(?:mat(?:ic|ed)|-?)[- ]?(?:ally )?(?:generated )?(?:reply|response|message|e-?mail|mail)"
    r"|automatically generated|automated (?:reply|response|message)|please do not reply to this"
    r"|your (?:ticket|case|request) (?:number|id)\b|has been (?:created and )?assigned #|a ticket has been"
    r"|your (?:request|ticket|case) has been (?:resolved|received|closed|created)|was waitlisted"
    r"|mailbox is not monitored|protecting myself from receiving junk"
    r"|(?:ceci est|c['’]est) (?:un|une) (?:message|réponse|courriel|mail|accusé)[^.]{0,30} automatique"
    r"|(?:message|réponse|courriel)(?: est)? (?:généré|envoyé)e? automatiquement"
    r"|(?:merci de )?ne pas répondre à ce"
    r"|(?:هذا|هذه) (?:رد|رسالة|بريد) (?:تلقائي|آلي|مرسل تلقائي|إلكتروني تلقائي)ة?"
    r"|رسالة (?:تلقائية|آلية)|رد تلقائي|(?:الرجاء|المرجو|يرجى) عدم الرد على هذ",
    re.IGNORECASE,
)
"""With which programs begin."""
FAILED: Final = re.compile(
    r"this is the [\w-]{0,30} ?(?:program|mail system) at|qmail-send program|created automatically by (?:the )?mail"
    r"|i'm afraid i wasn't able to deliver|the original message was received at"
    r"|(?:your|this|the following) (?:message|e-?mail|mail).{0,120}"
    r" (?:could not|cannot|can't|was not|has not been|did not) (?:be )?(?:deliver|reach|sent)"
    r"|(?:unable|failed|not able) to (?:deliver|send) (?:(?:your|the|this|a) )?(?:message|e-?mail|mail)"
    r"|(?:message|e-?mail|mail|it) could not be delivered|trouble delivering your message|couldn['’]t find any host"
    r"|did not reach the following|has been undeliverable|this (?:e-?mail )?address is no longer"
    r"|adresse .{0,80}n['’]est plus utilisée"
    r"|delivery (?:to the following|has failed|failed|failure|of your)|undeliverable (?:to|message|mail)"
    r"|votre (?:message|courriel|mail).{0,120} n['’]a pas (?:pu être|été) (?:remis|distribué|délivré|acheminé)"
    r"|(?:تعذر|لم يتم|فشل) (?:تسليم|إيصال|توصيل) (?:رسالتك|الرسالة|رسالتكم)",
    re.IGNORECASE,
)
"""With which relays begin that report in words."""
ABSENT: Final = re.compile(
    r"\bi(?: am|['’]m| will be) (?:currently )?"
    r"(?:out of (?:the )?office|away|travell?ing|on (?:annual |sick |maternity )?(?:leave|vacation|holiday))"
    r"|je (?:suis|serai) (?:actuellement )?(?:absent|en congé|hors du bureau|en déplacement|en mission)"
    r"|(?:أنا|سأكون|إنني|أكون) (?:حاليا |حالياً )?(?:في إجازة|في عطلة|خارج المكتب|غائب|في مهمة)",
    re.IGNORECASE,
)
CALL_ELSEWHERE: Final = re.compile(
    r"urgen|in my absence|(?:be|am|get) back|not return|when i return|return on|my return|limited access"
    r"|thank you for your (?:e-?mail|message|mail)|en mon absence|de retour|mon retour|accès limité|répondrai"
    r"|prendrai connaissance|شكرا على رسالت"
    r"|للضرورة|عاجل|الاستعجال|عودتي|سأعود|أعود|في غيابي",
    re.IGNORECASE,
)
"""What people add to the absence that a program tells, and not to that which they tell themselves."""
ACKNOWLEDGED: Final = re.compile(
    r"(?:we|i) (?:have )?received your|has been received|bien reçu votre|a bien été (?:enregistrée?|reçue?)"
    r"|تم (?:استلام|تسجيل) (?:طلب|رسالت)|توصلنا (?:بطلب|برسالت)",
    re.IGNORECASE,
)
PROMISED: Final = re.compile(
    r"(?:will|shall) (?:be (?:processed|reviewed|answered|handled)|respond|reply|answer|get back)"
    r"|business (?:hours|days)|(?:sera|seront) traitée?s?|numéro de (?:ticket|suivi)"
    r"|رقم (?:التذكرة|التتبع)|سيتم الرد",
    re.IGNORECASE,
)
"""What a desk's program adds to saying that it has received something; people say what they have received it for."""
SAID_AND_ADDED: Final = ((ABSENT, CALL_ELSEWHERE), (ACKNOWLEDGED, PROMISED))
"""With which both programs and people begin, and what programs add."""


def may_be_robot(read: Read) -> bool:
    """Say whether a mail reads like that of a program, or has a torn head, below which its marks would not be seen."""
    if any(isinstance(defect, MissingHeaderBodySeparatorDefect) for defect in read.message.defects):
        return True
    words = " ".join(written_words(read.words)[:MOST_LOOKED_AT].split())
    beginning = words[:BEGINNING_CHARS]
    return (
        SUBJECTS.match(read.subject) is not None
        or NAMES.search(headers.words_of(read.message, "From").rpartition("<")[0]) is not None
        or SENTENCES.search(beginning) is not None
        or any(said.search(beginning) and added.search(words) for said, added in SAID_AND_ADDED)
        or may_be_failure(read)
    )


def may_be_failure(read: Read) -> bool:
    """Say whether a mail reads like that of a relay which could not deliver one."""
    beginning = " ".join(written_words(read.words)[:BEGINNING_CHARS].split())
    return FAILURES.match(read.subject) is not None or FAILED.search(beginning) is not None
