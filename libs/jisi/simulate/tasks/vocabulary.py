"""The words that generated questions are made of."""

NAMES = (
    "Anna", "Ben", "Carla", "David", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Karin", "Liam",
    "Mia", "Noah", "Olga", "Pablo", "Rosa", "Sami", "Tara", "Viktor",
)  # fmt: skip

WORDS = (
    "planet", "garden", "window", "bridge", "candle", "marble", "thunder", "harvest", "lantern", "pepper",
    "journey", "blanket", "compass", "orchard", "village", "whisper", "balloon", "crystal", "diamond", "feather",
    "gallery", "horizon", "island", "jacket", "kitchen", "ladder", "meadow", "needle", "octopus", "pencil",
    "quarter", "rabbit", "saddle", "teapot", "umbrella", "velvet", "walnut", "yellow", "zebra", "anchor",
    "bottle", "carpet", "dragon", "engine", "forest", "guitar", "hammer", "insect", "jungle", "kettle",
    "lemon", "mirror", "notebook", "onion", "parrot", "quilt", "river", "silver", "ticket", "uncle",
    "violin", "wagon", "yogurt", "zipper", "apple", "banana", "cherry", "desert", "eagle", "falcon",
)  # fmt: skip

LONG_WORDS = (
    "chocolate", "strawberry", "butterfly", "microscope", "television", "university", "photograph", "restaurant",
    "watermelon", "helicopter", "dictionary", "pomegranate", "thermometer", "grasshopper", "caterpillar",
    "refrigerator", "conversation", "neighbourhood", "encyclopedia", "hippopotamus", "mississippi", "incomprehensible",
)  # fmt: skip

GOODS = ("pens", "apples", "notebooks", "tickets", "stamps", "candles", "mugs", "postcards", "lemons", "batteries")
