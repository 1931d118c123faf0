from webapp.accounts import names


def test_words_come_once_and_there_are_enough_of_them():
    assert len(set(names.ADJECTIVES)) == len(names.ADJECTIVES)
    assert len(set(names.MINERALS)) == len(names.MINERALS)
    assert len(names.ADJECTIVES) * len(names.MINERALS) * 9000 > 100_000_000


def test_a_name_is_an_adjective_a_mineral_and_a_number():
    for _ in range(50):
        adjective, mineral, number = names.draw().split()
        assert adjective.lower() in names.ADJECTIVES
        assert mineral.lower() in names.MINERALS
        assert 1000 <= int(number) <= 9999


def test_the_longest_name_fits_its_column():
    longest = max(map(len, names.ADJECTIVES)) + max(map(len, names.MINERALS)) + len("  9999")
    assert longest <= 64
