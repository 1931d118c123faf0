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
    assert lines[0] == ["worker", "mean", "low", "high", "n_gold", "n_votes"]
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
    assert out.read_text() == "task,label,x1,y1,x2,y2,probability\nt1,cell,1.0,0.0,11.0,10.0,0.6792\n"
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
