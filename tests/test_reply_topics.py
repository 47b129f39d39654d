"""What customers ask and worry about, phrase by phrase, in four languages, has a kind and a topic."""

import pytest

from doorstep.replies import judge

TOPIC_OF: list[tuple[str, str, str]] = [
    ("question", "health", "Is the radiation bad for my baby?"),
    ("concern", "health", "I'm worried about radiation and cancer"), ("concern", "health", "radio waves give me headaches"),
    ("question", "health", "Les ondes sont-elles dangereuses pour la santé ?"),
    ("concern", "health", "أخاف من الإشعاع والسرطان"), ("question", "health", "je, mionzi ina madhara kwa watoto?"),
    ("question", "privacy", "who can see my data?"), ("concern", "privacy", "the meter is spying on me"),
    ("concern", "privacy", "J'ai peur pour ma vie privée"), ("question", "privacy", "هل العداد يتجسس على بياناتي؟"),
    ("concern", "privacy", "faragha yangu na taarifa zangu"), ("question", "cost", "How much does it cost?"),
    ("question", "cost", "do I have to pay"), ("question", "cost", "Combien ça coûte ?"),
    ("question", "cost", "كم سعر العداد؟"), ("question", "cost", "بكم"), ("question", "cost", "ni bei gani?"),
    ("question", "cost", "Je, nitalipa ngapi"), ("concern", "accuracy", "my bill has doubled since the new meter"),
    ("question", "accuracy", "why is my bill so high?"), ("concern", "accuracy", "Ma facture est trop élevée"),
    ("concern", "accuracy", "فاتورتي ارتفعت"), ("concern", "accuracy", "bili yangu imepanda"),
    ("question", "forced", "is it mandatory?"), ("concern", "forced", "I don't want a smart meter"),
    ("concern", "forced", "I refuse this meter"), ("question", "forced", "Est-ce obligatoire ?"),
    ("concern", "forced", "je ne veux pas de compteur"), ("question", "forced", "هل العداد إجباري؟"),
    ("concern", "forced", "لا أريد العداد"), ("question", "forced", "je ni lazima?"), ("concern", "forced", "sitaki mita"),
    ("question", "power_off", "How long will the power be off?"),
    ("concern", "power_off", "I have a dialysis machine, there must be no power cut"),
    ("concern", "power_off", "J'ai de l'oxygène à la maison, une coupure est impossible pour moi"),
    ("question", "power_off", "متى تنقطع الكهرباء؟"), ("concern", "power_off", "hakuna umeme hapa"),
    ("concern", "safety", "there is smoke coming from the meter"),
    ("concern", "safety", "I smell gas and my bill is too high and too expensive"), ("concern", "safety", "sparks!"),
    ("concern", "safety", "Il y a une odeur de brûlé"), ("concern", "safety", "رائحة حريق من العداد"),
    ("concern", "safety", "moto! mita inaungua"), ("question", "safety", "Is it safe?"),
    ("question", "scam", "is this a scam?"), ("impostor", "scam", "a man came and asked me for money"),
    ("impostor", "scam", "mtu aliomba pesa"), ("complaint", "other", "nobody came today!!"),
    ("complaint", "other", "your installer was rude"), ("question", "other", "What time exactly?"),
    ("concern", "power_off", "power is still off"), ("concern", "forced", "opt out of smart meter"),
    ("question", "other", "lini mtakuja"), ("question", "scam", "C'est une arnaque ?"),
    ("question", "scam", "هل هذا احتيال؟"), ("question", "scam", "huu ni utapeli?"), ("concern", "scam", "matapeli"),
    ("question", "disconnection", "can you cut me off remotely?"),
    ("question", "disconnection", "what happens to my prepaid credit"),
    ("question", "disconnection", "هل تفصلون الخدمة عن بعد؟"),
    ("question", "disconnection", "salio langu litakuwaje? tokeni zangu je"), ("question", "hacking", "can it be hacked?"),
    ("question", "hacking", "Peut-il être piraté ?"), ("question", "hacking", "هل يمكن اختراق العداد؟"),
    ("question", "hacking", "je, inaweza kudukuliwa?"), ("question", "other", "What colour is it?"),
    ("question", "other", "how big is the box"), ("complaint", "other", "I want to complain about your installer"),
    ("complaint", "other", "J'ai une réclamation"), ("complaint", "other", "عندي شكوى"),
    ("complaint", "other", "nina malalamiko"),
]


@pytest.mark.parametrize(("kind", "topic", "text"), TOPIC_OF, ids=[f"{n}-{topic}" for n, (_, topic, _) in enumerate(TOPIC_OF)])
def test_a_question_and_a_concern_have_a_topic(kind: str, topic: str, text: str) -> None:
    assert judge(text)[:2] == (kind, topic)
