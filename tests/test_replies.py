"""What customers mean, phrase by phrase, in four languages: above all what stops, and what must never stop."""

import random
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from doorstep.errors import WordsError
from doorstep.replies import KINDS, judge
from doorstep.replies.phrases import load_words
from doorstep.rollout.talk_shape import TOPICS

MAIL = """Stop

On Mon, 8 Mar 2027 at 09:14, Northwick Energy <meters@northwick.example> wrote:
> Dear Ms Person,
> reply 1 to confirm, 2 to change, STOP to stop
"""
OUTLOOK = """Yes, that is fine.

Regards
Andrea O'Neill

From: Northwick Energy <meters@northwick.example>
Sent: Monday, March 8, 2027 9:14 AM
To: Andrea
Subject: Is Tuesday still right for you?
"""
BELOW = """On Mon, 8 Mar 2027 at 09:14, Northwick Energy <meters@northwick.example> wrote:
> Reply 1 to confirm

Please unsubscribe me
"""
# What is meant -> what customers write. "kind detail" where the detail matters.
SAID: dict[str, list[str]] = {
    "stop": [
        # the law's own words, alone, in any dress
        "STOP", "stop", "Stop.", "stop!!!", "  stop  ", "\tSTOP\n", "“Stop”", "*STOP*", "STOP 🛑", "Ｓｔｏｐ", "S T O P",
        "s.t.o.p", "STOPPP", "stop stop stop", "Please stop", "stop please", "stop, thanks", "Stop. Thank you.",
        "Hi, please stop", "pls stop now", "STOP ALL", "stopall", "quit", "QUIT", "End", "end.", "revoke", "Opt out",
        "opt-out", "OPTOUT", "Opt me out", "unsubscribe", "Unsubscribe me", "UNSUBCRIBE", "unsuscribe please", "unsub",
        "stpo", "sotp", "Stopp", "I revoke my consent", "no mas", "No más", "no mas mensajes", "alto", "basta ya",
        # in other words that can mean nothing else
        "stop texting me", "Stop texting me!!", "please stop texting me", "stop messaging me please",
        "can you stop texting me", "Can you please stop texting me?", "I want you to stop texting me", "I want to opt out",
        "I would like to unsubscribe", "stop sending me messages", "stop sending me these messages please",
        "stop these texts", "stop the texts", "No more texts", "no more messages please", "don't text me",
        "Don’t text me again", "do not text this number", "do not send me any more texts", "do not message me anymore",
        "don't send me any messages", "I don't want these messages", "I do not want any more texts from you",
        "I no longer want to receive texts", "I don't want to receive your messages", "remove me from your list",
        "Remove my number", "take me off your list", "take my number off the list", "delete my number please",
        "leave me alone", "go away", "fuck off", "stop emailing me", "unsubscribe me from this list",
        "unsubscribe me from all emails", "Stop. Unsubscribe. Remove me.", "OK stop", "Yes, stop", "No. Stop.",
        "quit texting me", "STOP\n\nJohn Smith\n+44 7400 123456", "Stop\n\n-- \nJohn Smith\nDirector",
        "stop\n\nSent from my iPhone", "STOP\nSent from Outlook for iOS", "stop NW0000123", "stop\u200b", "\u202estop\u202c",
        "stop\u00a0", MAIL, BELOW,
        # French
        "arrêt", "ARRET", "Arrêtez", "arrêter svp", "STOP SMS", "stop merci", "Arrêtez de m'envoyer des messages",
        "arrêtez de m’envoyer des sms s'il vous plaît", "arrêtez vos messages", "ne m'envoyez plus de messages",
        "Ne m’envoyez plus rien", "je ne veux plus recevoir vos messages", "je ne veux plus de sms", "désabonnez-moi",
        "Désabonnement", "me désinscrire", "désinscription", "plus de messages", "Bonjour, je souhaite me désabonner. Merci",
        "laissez-moi tranquille", "supprimez mon numéro", "retirez-moi de votre liste", "cessez de m'écrire", "fin",
        "stopper", "ça suffit",
        # Arabic
        "إيقاف", "ايقاف", "ايقـــاف", "إِيقَاف", "توقف", "توقفوا", "قف", "وقف", "أوقفوا الرسائل", "اوقفوا الرسايل",
        "من فضلكم أوقفوا الرسائل", "إلغاء الاشتراك", "الغاء الاشتراك", "الغاء اشتراكي", "لا ترسلوا لي رسائل",
        "لا ترسلوا رسائل", "لا أريد رسائل", "ما ابغى رسائلكم", "لا اريد هذه الرسائل", "ستوب", "كفى", "بس خلاص",
        "توقفوا عن إرسال الرسائل", "السلام عليكم، أوقفوا الرسائل لو سمحتم", "احذفوا رقمي", "لا ترسل", "يكفي",
        # Swahili
        "acha", "Acha!", "acheni", "simamisha", "Simama", "komesha", "sitisha", "acha kunitumia ujumbe",
        "simamisha ujumbe huu", "acha kutuma ujumbe huu",
        "nataka kusimamisha ujumbe wenu", "msinitumie tena ujumbe",
        "acheni kunitumia meseji", "tafadhali acheni kunitumia ujumbe", "usinitumie ujumbe tena", "msinitumie sms",
        "sitaki ujumbe", "sitaki kupokea ujumbe", "sitaki meseji zenu", "niondoe", "niondoeni kwenye orodha", "jiondoe",
        "futa namba yangu", "nataka kujitoa", "inatosha", "msinisumbue",
    ],
    "stop cancel": [
        "cancel", "CANCEL", "Cancel.", "cancel please", "cancle", "annuler", "annulez svp", "الغاء", "إلغاء", "كنسل",
        "ghairi", "futa", "cancel it",
    ],
    "stop calls": [
        "stop calling me", "Don't call me", "do not contact me", "Stop contacting me!", "do not call me again",
        "I don't want to be contacted", "ne m'appelez plus", "Ne me contactez plus", "لا تتصلوا بي", "لا تتصلوا",
        "usinipigie simu", "acheni kunipigia simu", "no more calls",
    ],
    "start": [
        "START", "start", "Start please", "unstop", "UNSTOP", "resume", "subscribe", "opt in", "start texting me again",
        "resume messages", "reprendre", "démarrer", "ابدأ", "ابدا", "تفعيل", "anza", "anza tena", "Anzeni tafadhali",
    ],
    "help": [
        "HELP", "help", "Help!", "help me", "INFO", "info please", "who is this", "Who is this?", "who are you?",
        "how do I stop?", "how do I unsubscribe", "how can I stop these texts", "aide", "AIDE svp", "Qui êtes-vous ?",
        "مساعدة", "مساعده", "ساعدوني", "معلومات", "من أنتم؟", "msaada", "nahitaji msaada", "ninyi ni nani?", "i need help",
    ],
    "confirm 1": [
        "1", "1.", "1!", "(1)", "1️⃣", "①", "１", "١", "۱", "१", " 1 ", "1 please", "1 thanks", "Option 1", "reply 1",
        "1, yes", "yes 1", "1 NW0000123", "١ شكرا", "1 merci", "1 asante", "1 confirm",
    ],
    "confirm yes": [
        "yes", "YES", "Y", "yep", "yeah", "ok", "OK thanks", "okay", "sure", "Yes please", "👍", "✅", "yes 👍🏽", "oui",
        "Oui merci", "d'accord", "D’accord", "نعم", "ايوه", "أيوة", "موافق", "تمام شكرا", "ndiyo", "ndio", "sawa",
        "Sawa asante", "haya", "perfect",
    ],
    "confirm": [
        "confirm", "Confirmed", "I confirm", "I confirm my appointment", "yes confirmed", "yes that is fine, see you then",
        "Yes that's fine", "That works for me", "works for me", "see you then", "That's fine. Thanks!", "no problem",
        "I will be home", "I'll be there", "someone will be home", "my wife will be in", "Yes, my husband will be at home",
        "all good", "the date is fine", "that date is still good for me", "suits me", "please confirm my appointment",
        "you can come", "one", OUTLOOK, "je confirme", "Je confirme le rendez-vous", "oui je confirme", "ça me convient",
        "Pas de problème", "je serai là", "c'est parfait, merci", "confirmé", "تأكيد", "أؤكد الموعد", "الموعد مناسب",
        "نعم الموعد مناسب", "لا مانع", "سأكون موجودا", "nathibitisha", "thibitisha", "ndiyo, nitakuwepo", "hakuna shida",
        "nitakuwa nyumbani", "mnaweza kuja", "inanifaa",
    ],
    "unclear no": ["no", "No.", "nope", "n", "no thanks", "👎", "non", "Non merci", "لا", "لا شكرا", "hapana", "not really"],
    "move 2": ["2", "2.", "٢", "۲", "2️⃣", "２", "2 please", "option 2", "2 change", "2, change please", "٢ من فضلكم"],
    "move": [
        "change", "Change please", "reschedule", "RESCHEDULE", "another day", "different time please", "can I reschedule",
        "I need to reschedule", "I want to change my appointment", "can we change the date?", "please move my appointment",
        "r", "two", "changer", "reporter", "Je voudrais changer de date", "un autre jour svp", "تغيير", "تغيير الموعد",
        "تأجيل الموعد", "موعد آخر", "badilisha", "ahirisha", "naomba kubadilisha tarehe", "siku nyingine",
    ],
    "move visit": [
        # the visit, not the messages: never a stop
        "I want to cancel my appointment", "cancel my appointment", "Cancel the visit", "please cancel my visit",
        "i want to cancel", "stop the visit", "stop the installation", "Stop the meter installation",
        "can you stop by after 5?", "could you stop by on Friday", "please stop by later", "cancel the installation please",
        "I can't make it on Tuesday", "No, that day is not good", "can we do Friday instead", "no I can't",
        "I won't be home that day", "nobody will be home", "that day does not suit me", "I am on holiday then",
        "I'm at work, can you come after 5?", "Yes but can you come on another day?", "not available on that day",
        "please don't come on Tuesday", "could we do a different day, maybe Friday?", "I need to move it to next week",
        "Je veux annuler le rendez-vous", "annuler la visite", "Je ne serai pas là mardi",
        "je suis en vacances, un autre jour serait mieux", "arrêtez l'installation", "pouvez-vous passer après 18h ?",
        "إلغاء الموعد", "الغاء الزيارة", "أوقفوا التركيب", "الموعد غير مناسب", "لن أكون موجود يوم الثلاثاء",
        "انا مسافر هذا الأسبوع", "ممكن يوم ثاني غير الثلاثاء؟", "ghairi miadi", "simamisha kazi", "sitakuwepo siku hiyo",
        "nimesafiri, njooni siku nyingine", "acheni kufunga mita",
    ],
    "wrong_person": [
        "wrong number", "Wrong number!", "Sorry, wrong number", "You have the wrong number", "you've got the wrong person",
        "wrong number, stop texting me", "Wrong number. Please stop.", "I don't know this person", "I do not know her",
        "he no longer lives here", "She doesn't live here anymore", "Mr Smith no longer lives here",
        "John Smith does not live here", "no longer at this address", "they moved out", "he has moved away",
        "I have moved out", "nobody by that name here", "There is no one by that name", "not my account",
        "I am not the customer", "No, wrong number", "mauvais numéro", "vous vous trompez de numéro", "Erreur de numéro",
        "je ne connais pas cette personne", "M. Dupont n'habite plus ici", "il n'habite plus à cette adresse",
        "elle a déménagé", "ce n'est pas moi", "الرقم خطأ", "الرقم غلط", "رقم خاطئ", "لا أعرف هذا الشخص",
        "ما اعرف هذا الشخص", "لم يعد يسكن هنا", "محمد لم يعد يسكن هنا", "لست صاحب الحساب", "umekosea namba",
        "Simjui mtu huyu", "simfahamu", "Juma haishi hapa", "amehama", "namba si sahihi", "wrong no",
    ],
    "wrong_person doubt": [
        "my daughter does not live here",
        "This is a new number, I bought this SIM in March and I keep getting your texts about a meter for somebody",
        "I think you have the wrong person but tell me more about the meter in my street",
        "The house is vacant house since May and the owner is abroad somewhere in Spain",
        "nouveau locataire depuis mars, que dois-je faire de ces courriers",
    ],
    "deceased": [
        "My husband died last week", "He passed away in January", "deceased",
        "Mr Smith is deceased, please update your records", "my mother has died, can we move the visit?",
        "The account holder passed away", "mon mari est décédé", "Il est mort en janvier", "توفي والدي", "صاحب الحساب متوفى",
        "المرحوم كان صاحب الحساب", "amefariki dunia", "mume wangu alifariki mwezi jana", "marehemu",
    ],
    "call_me": [
        "call me", "Please call me", "call me back", "can someone call me?", "give me a call", "ring me after five",
        "I'd like to speak to someone", "can I talk to a human", "rappelez-moi", "Pouvez-vous me rappeler demain",
        "appelez moi svp", "اتصلوا بي", "اتصل بي من فضلك", "كلموني", "nipigie", "nipigieni simu tafadhali",
        "naomba kuongea na mtu",
    ],
    "thanks": [
        "thanks", "Thank you!", "Thank you very much", "thanks for letting me know", "hello", "Good morning", "merci",
        "Merci beaucoup", "شكرا", "شكرا جزيلا", "السلام عليكم", "asante sana", "Asante", "noted",
        "Liked “Northwick: your visit is on Tuesday. Reply STOP to stop”", "have a nice day", "🙏", "❤️",
    ],
    "unclear": [
        # one word too many, or none that says anything: a person
        "don't stop", "do not stop", "Don't stop texting me", "never stop", "non-stop", "the bus stop", "stop lying",
        "stop wasting", "end of the street", "the end is near", "quit smoking", "I quit my job", "unstoppable",
        "revoke nothing", "stop and start", "STOP HELP", "start stop", "1 2", "1 or 2", "12", "3", "0", "٣", "7", "no stop",
        "", " ", "🙂", ".", "🤔🤔", "asdf", "purple", "ne vous arrêtez pas", "لا توقف", "لا تتوقفوا", "usiache",
        "Disliked “Reply STOP to stop”", "I am the customer", "out", "si", "this is a rip off", "opposition", "feu vert",
        "yes and no", "yes but", "maybe", "see you thursday", "Liked", "stopwatch", "cancelled my holiday", "endless",
        "a b c d",
    ],
}
CASES = [(meant, text) for meant, texts in SAID.items() for text in texts]


@pytest.mark.parametrize(("meant", "text"), CASES, ids=[f"{number}-{meant}" for number, (meant, _) in enumerate(CASES)])
def test_what_customers_write_means_what_a_colleague_would_say(meant: str, text: str) -> None:
    kind, _, detail = meant.removesuffix(" visit").partition(" ")
    found = judge(text)
    assert found.kind == kind, text
    assert not detail or found.detail == detail, text


def test_the_same_word_is_taken_in_the_customers_own_language_first() -> None:
    assert judge("stp").kind == "stop"
    assert judge("stp", language="fr").kind == "thanks"
    assert judge("la", language="sw") == ("unclear", "other", "no")


def test_a_long_letter_that_begins_with_stop_is_read_by_a_person_and_a_long_quotation_below_it_is_not_the_customers() -> None:
    assert judge("stop " + "my dear sir " * 9000).kind != "stop"
    assert judge("stop" + " " * 90_000 + "by after five").kind != "stop"
    assert judge("STOP\n\nOn Monday the eighth of March Northwick wrote:\n" + "> Reply 1 to confirm\n" * 9000).kind == "stop"


@pytest.mark.parametrize("command", ["stop", "unsubscribe", "arrêt", "إيقاف", "acha", "cancel", "don't text me", "quit"])
@pytest.mark.parametrize("other", ["my meter", "by", "the visit",
                                   "or I will call the police about the meter", "if it rains", "worrying"])
def test_no_command_stands_beside_words_that_are_not_its_own(command: str, other: str) -> None:
    assert judge(f"{command} {other}").kind not in ("stop", "start", "confirm")


def test_words_with_mistakes_are_refused_with_the_place_of_each(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text(
        'courtesy = ["please"]\n[whole]\nstop = ["stop", "please", "(end", "no <thing>"]\nstart = ["stop"]\nhalt = ["halt"]\n',
        "utf-8")
    with pytest.raises(WordsError) as caught:
        load_words(tmp_path)
    said = str(caught.value)
    for part in ('"please" is also courtesy', 'lacks a ")"', "the list <thing>", '"stop" means both stop and start',
                 '"halt" is not known'):
        assert part in said


def test_every_language_can_stop_start_help_confirm_move_and_say_that_someone_died() -> None:
    for language, words in load_words().items():
        kinds = {kind for kind, _ in words.whole.values()}
        assert {"stop", "start", "help", "confirm", "move", "wrong_person", "call_me"} <= kinds, language
        assert "deceased" in words.inside.values(), language
        assert set(words.topics.values()) == set(TOPICS) - {"other"}, language


def test_a_hundred_thousand_letters_take_no_time_to_speak_of() -> None:
    dice = random.Random(4)
    texts = ["a" * 100_000, "stop " * 20_000, "?" * 100_000, "إيقاف " * 17_000, "On " * 33_000, "> " * 50_000, "\n" * 100_000,
             "".join(chr(dice.randrange(32, 0x2FFF)) for _ in range(100_000)), "ﷺ" * 100_000, "From: a\n" * 12_000, "1 " * 50_000,
             "e\u0301" * 50_000, "(" * 100_000, "please " * 14_000]
    began = time.process_time()
    for text in texts:
        judge(text)
    assert time.process_time() - began < 0.25 * len(texts)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=300), st.text(alphabet="stop STOPé'’?.!\n>-١٢12 إيقافلا", max_size=60)),
       st.sampled_from([None, "en", "ar", "fr", "sw", "xx"]))
@example("\ud800", None)
@example("On \nwrote:", "en")
def test_whatever_arrives_is_judged_and_the_same_each_time(text: str, language: str | None) -> None:
    meant = judge(text, language=language)
    assert meant.kind in KINDS
    assert meant.topic in TOPICS
    assert meant == judge(text, language=language)
