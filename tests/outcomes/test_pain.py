from calcitrial.outcomes import find


def test_change_is_value_minus_baseline_per_participant(cut):
    data = find("pain").derive(cut)
    scores = {(p, v): float(s) for p, v, s in cut.table("pain").select("participant", "visit", "pain_nrs").rows()}
    for row in data.iter_rows(named=True):
        who, visit = row["participant"], row["visit"]
        assert row["pain_change"] == scores[who, visit] - scores[who, "BL"]
        assert row["lesion"] == "" and row["unit"] == "points"


def test_entries_hold_both_scores(cut):
    data = find("pain").derive(cut)
    assert [len(entries) for entries in data.filter(visit="BL")["entries"]] == [1] * 8
    assert [len(entries) for entries in data.filter(visit="W04")["entries"]] == [2] * 8
