"""`python -m quality.aggregate`: files in, files out, a sentence where something is wrong."""

import subprocess
import sys

import numpy as np
import pytest

from quality.aggregate import main


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


VOTES = "task,worker,label\nt1,ann,cat\nt1,bob,cat\nt2,ann,dog\nt2,bob,cat\nt2,eve,dog\nt3,eve,\n"
BOXES = (
    "task,worker,label,x1,y1,x2,y2\n"
    "t1,ann,cell,0,0,10,10\nt1,bob,cell,2,0,12,10\nt1,eve,,,,,\n"
    "t2,ann,,,,,\nt2,bob,cell,5,5,9,9\n"
)


def test_class(write, tmp_path):
    out, people = tmp_path / "out.csv", tmp_path / "people.csv"

    gold = write("gold.csv", "task,label\nt2,dog\n")
    code = main(
        ["class", "--votes", write("v.csv", VOTES), "--gold", gold, "--out", str(out), "--reliability", str(people)]
    )

    assert code == 0
    header, first, second = out.read_text().splitlines()
    assert header == "task,label,probability"
    assert first.startswith("t1,cat,0.")
    assert second == "t2,dog,1.0"
    lines = [line.split(",") for line in people.read_text().splitlines()]
    assert lines[0][:7] == ["worker", "mean", "low", "high", "n_gold", "n_votes", "changes"]
    assert lines[0][7:10] == ["said cat for cat", "said cat for cat low", "said cat for cat high"]
    assert [(line[0], line[4], line[5]) for line in lines[1:]] == [
        ("ann", "1", "2"),
        ("bob", "1", "2"),
        ("eve", "1", "1"),
    ]
    assert all(0 <= float(line[2]) < float(line[1]) < float(line[3]) <= 1 for line in lines[1:])


def test_box(write, tmp_path):
    out, people = tmp_path / "out.csv", tmp_path / "people.csv"

    gold = write("gold.csv", "task,label,x1,y1,x2,y2\nt2,,,,,\n")
    code = main(
        ["box", "--votes", write("v.csv", BOXES), "--gold", gold, "--out", str(out), "--reliability", str(people)]
    )

    assert code == 0
    # .6792 were two whole votes of three; bob, who invented something on t2, counts for a little less.
    assert out.read_text() == "task,label,x1,y1,x2,y2,probability\nt1,cell,1.0,0.0,11.0,10.0,0.6781\n"
    means = {line.split(",")[0]: float(line.split(",")[1]) for line in people.read_text().splitlines()[1:]}
    assert means["ann"] > means["eve"] > means["bob"]  # right, unknown, wrong


def test_boxes_without_any_nothing_row_count_regulars_as_present(write, tmp_path):
    rows = [f"t{t},{who},cell,{10 * t},0,{10 * t + 8},8" for t in range(6) for who in ("ann", "bob")]
    rows += [f"t{t},eve,cell,{10 * t},0,{10 * t + 8},8" for t in range(3)] + ["t0,joe,cell,50,50,60,60"]
    out = tmp_path / "out.csv"

    assert (
        main(["box", "--votes", write("v.csv", "task,worker,label,x1,y1,x2,y2\n" + "\n".join(rows)), "--out", str(out)])
        == 0
    )

    # t5 has ann and bob, and eve, a regular, who saw nothing: two of three.
    assert out.read_text().splitlines()[-1] == "t5,cell,50.0,0.0,58.0,8.0,0.6792"


def test_mask(tmp_path):
    mask = np.zeros((30, 40), dtype=bool)
    mask[10:20, 10:25] = True
    votes, gold, out, people = (tmp_path / name for name in ("v.npz", "g.npz", "o.npz", "p.csv"))
    names = np.array(["ann", "bob"])
    np.savez(
        votes,
        **{"a|votes": np.stack([mask] * 2), "a|workers": names, "b|votes": np.stack([mask] * 2), "b|workers": names},
    )
    np.savez(gold, a=mask)

    assert (
        main(["mask", "--votes", str(votes), "--gold", str(gold), "--out", str(out), "--reliability", str(people)]) == 0
    )

    with np.load(out) as result:
        assert set(result.files) == {"a", "a|probability", "b", "b|probability"}
        assert (result["b"] == mask).all()
        assert result["b"].dtype == bool
        assert result["b|probability"].shape == (30, 40)
    assert [line.split(",")[4] for line in people.read_text().splitlines()[1:]] == ["1", "1"]


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        ("class", "", "has no column task"),
        ("class", "task,worker\nt,w\n", "has no column label"),
        ("class", "task,worker,label\n", "holds no vote"),
        ("class", "task,worker,label\nt,w,\n", "holds no vote"),
        ("class", "task,worker,label\n,w,a\n", "line 2: the task is empty"),
        ("class", "task,worker,label\nt\n", "line 2: the worker is empty"),
        ("box", "task,worker,label,x1,y1,x2,y2\nt,w,c,0,0,x,1\n", "line 2: x2 must be a number, it is 'x'"),
        ("box", "task,worker,label,x1,y1,x2,y2\nt,w,c,0,0,nan,1\n", "x2 must be a number"),
        ("box", "task,worker,label,x1,y1,x2,y2\nt,w,c,5,0,5,1\n", "must have x1 < x2"),
        ("mask", "not an archive", "is not an NPZ file"),
    ],
)
def test_bad_votes_are_refused_with_a_sentence_and_nothing_is_written(write, tmp_path, capsys, kind, text, sentence):
    if kind == "class" and text.startswith("task,worker,label\nt\n"):
        text = "task,worker,label\nt,,a\n"
    out = tmp_path / "out"

    assert main([kind, "--votes", write("v", text), "--out", str(out)]) == 2

    assert sentence in capsys.readouterr().err
    assert not out.exists()


def test_contradicting_gold_is_refused(write, tmp_path, capsys):
    gold = write("gold.csv", "task,label\nt1,cat\nt1,dog\n")

    assert main(["class", "--votes", write("v.csv", VOTES), "--gold", gold, "--out", str(tmp_path / "o")]) == 2
    assert "line 3: task t1 is given a second, different label" in capsys.readouterr().err


def test_gold_that_is_not_sure_is_not_known(write, tmp_path):
    gold, out = write("gold.csv", "task,label,probability\nt1,dog,0.6\n"), tmp_path / "o.csv"

    assert main(["class", "--votes", write("v.csv", VOTES), "--gold", gold, "--out", str(out)]) == 0
    assert out.read_text().splitlines()[1].startswith("t1,cat,")


def test_an_archive_of_the_wrong_things_is_refused(tmp_path, capsys):
    votes = tmp_path / "v.npz"
    np.savez(votes, **{"a|votes": np.zeros((2, 4, 4), dtype=bool), "a|workers": np.array(["ann"])})

    assert main(["mask", "--votes", str(votes), "--out", str(tmp_path / "o")]) == 2
    assert "must name one worker for each of the 2 votes" in capsys.readouterr().err


def test_it_runs_as_a_module_without_the_site(write, tmp_path):
    program = (
        "import sys, runpy; sys.modules['django'] = None; sys.argv[1:] = sys.argv[1:];"
        "runpy.run_module('quality.aggregate', run_name='__main__')"
    )
    arguments = ["class", "--votes", write("v.csv", VOTES), "--out", str(tmp_path / "o.csv")]

    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "o.csv").exists()


def test_votes_that_lean_on_one_wrong_proposal_are_not_followed(write, tmp_path):
    rows = [f"t{t},lazy{i},cat,cat" for t in range(6) for i in range(5)]
    rows += [f"t{t},careful{i},dog,cat" for t in range(6) for i in range(3)]
    gold = write("gold.csv", "task,label\nt0,dog\nt1,dog\n")
    out = tmp_path / "o.csv"
    traced = write("a.csv", "task,worker,label,proposal\n" + "\n".join(rows))

    assert main(["class", "--votes", traced, "--gold", gold, "--out", str(out), "--method", "majority"]) == 0
    assert {line.split(",")[1] for line in out.read_text().splitlines()[1:]} == {"dog"}

    untraced = write("b.csv", "task,worker,label\n" + "\n".join(row.rsplit(",", 1)[0] for row in rows))
    assert main(["class", "--votes", untraced, "--gold", gold, "--out", str(out), "--method", "majority"]) == 0
    assert [line.split(",")[1] for line in out.read_text().splitlines()[1:]] == ["dog", "dog"] + ["cat"] * 4


def test_of_several_votes_on_one_task_the_last_counts(write, tmp_path):
    votes = write("v.csv", "task,worker,label,time\nt,ann,dog,20\nt,ann,cat,3\n")
    out = tmp_path / "o.csv"

    assert main(["class", "--votes", votes, "--out", str(out), "--method", "majority"]) == 0
    assert out.read_text().splitlines()[1].startswith("t,dog,")


def test_strata_and_changes_have_their_columns(write, tmp_path):
    rows = [f"t{i:02d},ann,{'cat' if i < 40 else 'dog'},{i},{'easy' if i % 2 else 'hard'}" for i in range(60)]
    rows += [f"t{i:02d},bob,cat,{i},easy" for i in range(60)]
    gold = write("g.csv", "task,label\n" + "\n".join(f"t{i:02d},cat" for i in range(60)))
    people = tmp_path / "p.csv"

    votes = write("v.csv", "task,worker,label,time,stratum\n" + "\n".join(rows))
    assert (
        main(["class", "--votes", votes, "--gold", gold, "--out", str(tmp_path / "o"), "--reliability", str(people)])
        == 0
    )

    header, ann, bob = (line.split(",") for line in people.read_text().splitlines())
    assert (ann[header.index("changes")], bob[header.index("changes")]) == ("1", "0")
    assert float(bob[header.index("in easy")]) > 0.9


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("task,worker,label,assisted\nt,w,a,perhaps\n", "line 2: assisted must be 0 or 1, it is 'perhaps'"),
        ("task,worker,label,time\nt,w,a,3\nt,v,a,monday\n", "column time must hold numbers in every row or text"),
    ],
)
def test_bad_further_columns_are_refused(write, tmp_path, capsys, text, sentence):
    assert main(["class", "--votes", write("v.csv", text), "--out", str(tmp_path / "o")]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("votes", [np.full((2, 4, 4), np.nan), np.full((2, 4, 4), "x"), np.full((2, 4, 4), 7)])
def test_masks_of_other_things_than_0_and_1_are_refused(tmp_path, capsys, votes):
    path = tmp_path / "v.npz"
    np.savez(path, **{"a|votes": votes, "a|workers": np.array(["ann", "bob"])})

    assert main(["mask", "--votes", str(path), "--out", str(tmp_path / "o")]) == 2
    assert "must be bool or hold 0 and 1 only" in capsys.readouterr().err


def test_a_result_that_has_nowhere_to_go_is_said_before_the_work(write, tmp_path, capsys):
    arguments = ["class", "--votes", write("v.csv", VOTES), "--out", str(tmp_path / "o")]

    assert main([*arguments, "--reliability", str(tmp_path / "no" / "p.csv")]) == 2
    assert "its folder does not exist" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize("edges", ["0,0,1e308,1", "0,0,1e-300,1e-300"])
def test_boxes_beyond_all_measure_are_refused(write, tmp_path, capsys, edges):
    votes = write("v.csv", f"task,worker,label,x1,y1,x2,y2\nt,w,c,{edges}\n")

    assert main(["box", "--votes", votes, "--out", str(tmp_path / "o")]) == 2
    assert "line 2: a box must lie within 1e+06 px and have a size" in capsys.readouterr().err


def test_one_array_is_no_archive(tmp_path, capsys):
    path = tmp_path / "v.npy"
    np.save(path, np.zeros((2, 4, 4), dtype=bool))

    assert main(["mask", "--votes", str(path), "--out", str(tmp_path / "o")]) == 2
    assert "is not an NPZ file" in capsys.readouterr().err


def test_a_picture_one_pixel_high_is_fused_too(tmp_path):
    votes = np.zeros((2, 1, 30), dtype=bool)
    votes[:, :, 4:9] = True
    names = np.array(["ann", "bob"])
    np.savez(tmp_path / "v.npz", **{"t|votes": votes, "t|workers": names, "u|votes": votes, "u|workers": names})
    np.savez(tmp_path / "g.npz", t=votes[0])
    arguments = [
        "--votes",
        str(tmp_path / "v.npz"),
        "--gold",
        str(tmp_path / "g.npz"),
        "--out",
        str(tmp_path / "o.npz"),
    ]

    assert main(["mask", *arguments]) == 0
    with np.load(tmp_path / "o.npz") as result:
        assert (result["u"] == votes[0]).all()
