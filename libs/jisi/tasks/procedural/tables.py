"""Small tables that several kinds draw from: common knowledge that does not change."""

COUNTRIES = (
    ("France", "Paris", "Europe"), ("Germany", "Berlin", "Europe"), ("Italy", "Rome", "Europe"),
    ("Spain", "Madrid", "Europe"), ("Portugal", "Lisbon", "Europe"), ("Austria", "Vienna", "Europe"),
    ("Greece", "Athens", "Europe"), ("Poland", "Warsaw", "Europe"), ("Hungary", "Budapest", "Europe"),
    ("Sweden", "Stockholm", "Europe"), ("Norway", "Oslo", "Europe"), ("Denmark", "Copenhagen", "Europe"),
    ("Finland", "Helsinki", "Europe"), ("Ireland", "Dublin", "Europe"), ("Belgium", "Brussels", "Europe"),
    ("Iceland", "Reykjavik", "Europe"), ("Romania", "Bucharest", "Europe"), ("Bulgaria", "Sofia", "Europe"),
    ("Croatia", "Zagreb", "Europe"), ("Serbia", "Belgrade", "Europe"), ("Ukraine", "Kyiv", "Europe"),
    ("Slovenia", "Ljubljana", "Europe"), ("Slovakia", "Bratislava", "Europe"), ("Estonia", "Tallinn", "Europe"),
    ("Latvia", "Riga", "Europe"), ("Lithuania", "Vilnius", "Europe"), ("Albania", "Tirana", "Europe"),
    ("Malta", "Valletta", "Europe"), ("Belarus", "Minsk", "Europe"), ("Moldova", "Chisinau", "Europe"),
    ("Japan", "Tokyo", "Asia"), ("China", "Beijing", "Asia"), ("India", "New Delhi", "Asia"),
    ("Thailand", "Bangkok", "Asia"), ("Vietnam", "Hanoi", "Asia"), ("South Korea", "Seoul", "Asia"),
    ("North Korea", "Pyongyang", "Asia"), ("Nepal", "Kathmandu", "Asia"), ("Pakistan", "Islamabad", "Asia"),
    ("Bangladesh", "Dhaka", "Asia"), ("Mongolia", "Ulaanbaatar", "Asia"), ("Iran", "Tehran", "Asia"),
    ("Iraq", "Baghdad", "Asia"), ("Lebanon", "Beirut", "Asia"), ("Syria", "Damascus", "Asia"),
    ("Jordan", "Amman", "Asia"), ("Saudi Arabia", "Riyadh", "Asia"), ("Qatar", "Doha", "Asia"),
    ("Oman", "Muscat", "Asia"), ("Afghanistan", "Kabul", "Asia"), ("Philippines", "Manila", "Asia"),
    ("Cambodia", "Phnom Penh", "Asia"), ("Laos", "Vientiane", "Asia"), ("Bhutan", "Thimphu", "Asia"),
    ("Uzbekistan", "Tashkent", "Asia"), ("Malaysia", "Kuala Lumpur", "Asia"),
    ("Egypt", "Cairo", "Africa"), ("Kenya", "Nairobi", "Africa"), ("Nigeria", "Abuja", "Africa"),
    ("Ghana", "Accra", "Africa"), ("Ethiopia", "Addis Ababa", "Africa"), ("Morocco", "Rabat", "Africa"),
    ("Algeria", "Algiers", "Africa"), ("Tunisia", "Tunis", "Africa"), ("Libya", "Tripoli", "Africa"),
    ("Sudan", "Khartoum", "Africa"), ("Senegal", "Dakar", "Africa"), ("Uganda", "Kampala", "Africa"),
    ("Rwanda", "Kigali", "Africa"), ("Zambia", "Lusaka", "Africa"), ("Zimbabwe", "Harare", "Africa"),
    ("Angola", "Luanda", "Africa"), ("Mozambique", "Maputo", "Africa"), ("Namibia", "Windhoek", "Africa"),
    ("Madagascar", "Antananarivo", "Africa"), ("Somalia", "Mogadishu", "Africa"), ("Mali", "Bamako", "Africa"),
    ("Botswana", "Gaborone", "Africa"), ("Cameroon", "Yaounde", "Africa"),
    ("Canada", "Ottawa", "North America"), ("Mexico", "Mexico City", "North America"),
    ("Cuba", "Havana", "North America"), ("Jamaica", "Kingston", "North America"),
    ("Guatemala", "Guatemala City", "North America"), ("Honduras", "Tegucigalpa", "North America"),
    ("Nicaragua", "Managua", "North America"), ("Costa Rica", "San Jose", "North America"),
    ("Haiti", "Port-au-Prince", "North America"), ("Panama", "Panama City", "North America"),
    ("Brazil", "Brasilia", "South America"), ("Argentina", "Buenos Aires", "South America"),
    ("Chile", "Santiago", "South America"), ("Peru", "Lima", "South America"),
    ("Colombia", "Bogota", "South America"), ("Venezuela", "Caracas", "South America"),
    ("Ecuador", "Quito", "South America"), ("Uruguay", "Montevideo", "South America"),
    ("Paraguay", "Asuncion", "South America"), ("Guyana", "Georgetown", "South America"),
)  # fmt: skip
"""Country, capital, continent; countries that are counted to two continents or have two capitals are left out."""

OPPOSITES = (
    ("hot", "cold"), ("big", "small", "little"), ("up", "down"), ("day", "night"), ("black", "white"),
    ("happy", "sad", "unhappy"), ("fast", "slow"), ("young", "old"), ("rich", "poor"), ("closed", "open"),
    ("left", "right"), ("wet", "dry"), ("full", "empty"), ("soft", "hard"), ("heavy", "light"), ("high", "low"),
    ("true", "false"), ("early", "late"), ("thick", "thin"), ("strong", "weak"), ("win", "lose"), ("love", "hate"),
    ("begin", "end", "finish", "stop"), ("push", "pull"), ("inside", "outside"), ("before", "after"),
    ("always", "never"), ("north", "south"), ("east", "west"), ("clean", "dirty", "unclean"), ("deep", "shallow"),
    ("loud", "quiet", "silent", "soft"), ("buy", "sell"), ("cheap", "expensive"), ("sweet", "sour", "bitter"),
    ("arrive", "leave", "depart"), ("war", "peace"),
    ("friend", "enemy"), ("remember", "forget"), ("question", "answer"), ("teacher", "student", "pupil"),
    ("sunrise", "sunset"), ("summer", "winter"), ("asleep", "awake"), ("maximum", "minimum"), ("lend", "borrow"),
)  # fmt: skip
"""A word, and its opposite, which is the only one or stands before the others; the other way round there are more."""

PLURALS = (
    ("child", "children"), ("mouse", "mice"), ("foot", "feet"), ("tooth", "teeth"), ("man", "men"), ("goose", "geese"),
    ("woman", "women"), ("leaf", "leaves"), ("knife", "knives"), ("wolf", "wolves"), ("box", "boxes"),
    ("city", "cities"), ("dog", "dogs"), ("house", "houses"), ("baby", "babies"), ("sheep", "sheep"),
    ("tomato", "tomatoes"), ("bus", "buses"), ("ox", "oxen"), ("shelf", "shelves"),
)  # fmt: skip

PASTS = (
    ("go", "went"), ("eat", "ate"), ("see", "saw"), ("run", "ran"), ("take", "took"), ("give", "gave"),
    ("come", "came"), ("write", "wrote"), ("speak", "spoke"), ("drink", "drank"), ("swim", "swam"), ("sing", "sang"),
    ("buy", "bought"), ("think", "thought"), ("teach", "taught"), ("bring", "brought"), ("find", "found"),
    ("make", "made"), ("know", "knew"), ("fly", "flew"), ("break", "broke"), ("drive", "drove"), ("sleep", "slept"),
    ("walk", "walked"), ("play", "played"), ("jump", "jumped"), ("begin", "began"), ("fall", "fell"),
)  # fmt: skip

ELEMENTS = (
    ("hydrogen", "H"), ("oxygen", "O"), ("carbon", "C"), ("nitrogen", "N"), ("iron", "Fe"), ("gold", "Au"),
    ("silver", "Ag"), ("copper", "Cu"), ("sodium", "Na"), ("potassium", "K"), ("calcium", "Ca"), ("helium", "He"),
    ("neon", "Ne"), ("zinc", "Zn"), ("lead", "Pb"), ("tin", "Sn"), ("magnesium", "Mg"), ("chlorine", "Cl"),
    ("lithium", "Li"), ("aluminium", "Al"), ("silicon", "Si"), ("sulfur", "S"), ("mercury", "Hg"), ("iodine", "I"),
)  # fmt: skip

YOUNG = (
    ("cat", "kitten"), ("dog", "puppy"), ("cow", "calf"), ("horse", "foal"), ("sheep", "lamb"), ("goat", "kid"),
    ("lion", "cub"), ("bear", "cub"), ("duck", "duckling"), ("hen", "chick"), ("deer", "fawn"), ("goose", "gosling"),
    ("swan", "cygnet"), ("frog", "tadpole"), ("kangaroo", "joey"), ("elephant", "calf"), ("pig", "piglet"),
)  # fmt: skip

MEMBERS: dict[str, tuple[str, ...]] = {
    "animal": ("tiger", "horse", "rabbit", "elephant", "monkey", "whale", "camel", "sheep", "zebra", "giraffe"),
    "fruit": ("apple", "banana", "cherry", "grape", "mango", "peach", "orange", "lemon", "strawberry", "melon"),
    "vegetable": ("carrot", "onion", "potato", "cabbage", "spinach", "broccoli", "lettuce", "celery", "radish", "leek"),
    "tool": ("hammer", "screwdriver", "wrench", "shovel", "chisel", "drill", "pliers", "hatchet", "trowel", "spanner"),
    "vehicle": ("truck", "bicycle", "train", "tractor", "motorcycle", "airplane", "ferry", "lorry", "scooter", "tram"),
    "instrument": ("piano", "violin", "guitar", "trumpet", "flute", "drum", "cello", "harp", "clarinet", "trombone"),
    "garment": ("shirt", "jacket", "trousers", "sweater", "scarf", "glove", "skirt", "coat", "dress", "sock"),
    "colour": ("green", "yellow", "purple", "brown", "white", "black", "pink", "grey", "blue", "orange"),
    "country": ("France", "Japan", "Brazil", "Canada", "Egypt", "India", "Norway", "Kenya", "Peru", "Spain"),
    "metal": ("iron", "copper", "silver", "gold", "zinc", "nickel", "titanium", "chromium", "aluminium", "platinum"),
    "bird": ("eagle", "sparrow", "parrot", "penguin", "swan", "crow", "robin", "pigeon", "falcon", "seagull"),
    "profession": ("teacher", "doctor", "nurse", "lawyer", "plumber", "baker", "pilot", "farmer", "judge", "chef"),
    "furniture": ("table", "chair", "sofa", "wardrobe", "desk", "shelf", "bench", "cupboard", "stool", "dresser"),
    "sport": ("football", "tennis", "hockey", "volleyball", "basketball", "rugby", "golf", "boxing", "rowing", "judo"),
    "drink": ("coffee", "water", "milk", "juice", "lemonade", "beer", "wine", "cocoa", "cider", "soda"),
}  # fmt: skip
"""Members of a category, of which none belongs to another one of those asked about together (see `UNCLEAR`)."""

UNCLEAR = frozenset({("animal", "bird"), ("fruit", "colour"), ("colour", "metal"), ("metal", "tool")})
"""Pairs of categories with members in common: a bird is an animal, an orange and silver are colours, an iron a tool."""

SIZES = (
    "ant", "mouse", "rat", "rabbit", "cat", "sheep", "tiger", "horse", "rhinoceros", "elephant", "blue whale",
)  # fmt: skip
"""Animals, each plainly bigger than those before it."""

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

GOODS = ("pens", "apples", "lamps", "tickets", "stamps", "candles", "mugs", "books", "lemons", "chairs")

NAMES = (
    "Anna", "Carla", "David", "Elena", "Grace", "Hugo", "Jonas", "Karin", "Liam", "Maria", "Noah", "Olivia", "Olga",
    "Pablo", "Rosa", "Sami", "Tara", "Viktor", "Lucy", "Peter",
)  # fmt: skip

WORDS = (
    "planet", "garden", "window", "bridge", "candle", "marble", "thunder", "lantern", "pepper", "journey", "blanket",
    "compass", "village", "balloon", "crystal", "diamond", "feather", "gallery", "island", "kitchen", "ladder",
    "meadow", "needle", "pencil", "quarter", "saddle", "teapot", "umbrella", "velvet", "walnut", "anchor", "bottle",
    "carpet", "dragon", "engine", "forest", "insect", "jungle", "kettle", "mirror", "notebook", "river", "ticket",
    "uncle", "wagon", "yogurt", "zipper", "desert", "falcon", "music", "snow", "tree", "cake", "door", "fish", "moon",
)  # fmt: skip
