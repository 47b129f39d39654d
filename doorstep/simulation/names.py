"""What people, firms, streets and towns are called in the made world, by language."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Naming:
    """How one language names people and addresses."""

    given: tuple[str, ...]
    family: tuple[str, ...]
    titles: tuple[str, ...] = ("",)
    firms: tuple[str, ...] = ()
    street: str = "{house} {street} Road"


ENGLISH = Naming(
    ("Andrea", "Vanessa", "Sharon", "Oliver", "Zoë", "Priya", "Graham", "Chloë", "Tom", "Maureen", "Kwame", "Ffion",
     "Jean-Luc", "Siobhán", "Malcolm", "Ruth"),
    ("Horton", "Johnson", "Gardiner", "O'Brien", "O’Shea", "Smith-Jones", "Patel", "Núñez", "Clarke", "Okafor", "Webb",
     "D'Souza", "Lindqvist", "van der Berg", "Mac Giolla", "Frost"),
    ("", "", "", "Ms ", "Mr ", "Mrs ", "Dr ", "Mx "),
    ("{family} & Sons Ltd", "{family} <Electrical> Ltd", "The {family} Café", '"{family}" Bakery'))
WELSH = Naming(
    ("Ffion", "Rhys", "Siân", "Gethin", "Eleri", "Dafydd", "Angharad", "Tŵm"),
    ("ap Rhys", "Llywelyn", "Prydderch", "Gruffudd", "Tŷ-Mawr", "Cadwaladr"), ("", "", "Mr ", "Mrs "),
    ("{family} a'i Feibion Cyf",), "{house} Ffordd {street}")
URDU = Naming(
    ("عائشہ", "بلال", "فاطمہ", "حسن", "زینب", "عمران", "نادیہ", "یوسف"),
    ("ملک", "چوہدری", "قریشی", "مرزا", "شیخ", "بٹ"), firms=("{family} اینڈ سنز",))
ARABIC = Naming(
    ("ظاعن", "محجوب", "نورة", "خالد", "لورين", "سارة", "عبدالله", "هند", "فهد", "ريم"),
    ("آل حسين", "آل سلطان", "الدوسري", "القحطاني", "الشهري", "الغامدي", "الحربي"), ("", "", "السيد ", "السيدة "),
    ("مؤسسة {family} التجارية",), "{house} شارع {street}")
LUGANDA = Naming(
    ("Nakato", "Opio", "Ssali", "Namukasa", "Wasswa", "Kato", "Nalwoga", "Mukasa"),
    ("Tumwine", "Nabukenya", "Lwanga", "Ssempijja", "Mugisha", "Kirabo", "Ng'andu"), firms=("{family} Hardware",),
    street="Plot {house}, {street} Road")
SWAHILI = Naming(
    ("Asha", "Juma", "Neema", "Baraka", "Zawadi", "Hamisi", "Rehema", "Salim"),
    ("Mwangi", "Kamau", "Byaruhanga", "Ng'ang'a", "Otieno", "Abdallah"), firms=("Duka la {family}",),
    street="Plot {house}, {street} Road")
FRENCH = Naming(
    ("Hélène", "Luc", "Aïcha", "François", "Noëlle", "Gaël"), ("Lefèvre", "d'Arcy", "Nguyễn", "Bélanger", "Roche"),
    ("", "Mme ", "M. "), ("{family} et Fils",), "{house}, rue {street}")
SPANISH = Naming(
    ("Inés", "Íñigo", "María José", "Álvaro", "Begoña"), ("Núñez", "Ibáñez", "de la O", "Peña", "García-Lorca"),
    firms=("Hijos de {family}",), street="Calle {street}, {house}")

NAMINGS = {"en": ENGLISH, "cy": WELSH, "ur": URDU, "ar": ARABIC, "lg": LUGANDA, "sw": SWAHILI, "fr": FRENCH,
           "es": SPANISH}

STREETS = ("Orchard", "Harbour", "Kathleen", "Jordan", "Chapel", "Byaruhanga", "Mill", "Station", "St John's", "Acacia")
STREETS_BY_LANGUAGE = {"ar": ("النخيل", "العليا", "الزهور", "الواحة", "المطار")}

TOWNS = {
    "GB": ("Northwick", "Eastmere", "Tracychester", "Colesview", "Dunhaven", "Llanfair-y-Bryn"),
    "UG": ("Kawempe", "Makindye", "Nakawa", "Rubaga", "Mukono", "Entebbe"),
    "SA": ("العليا", "النسيم", "الملز", "الشفا", "الدرعية"),
}
ANYWHERE = ("Northtown", "Eastville", "Southport Green", "Westhaven")
