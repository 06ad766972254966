"""fastText beside `hotline evaluate`: the same texts, the same grouped folds; quality, and speed on one thread.

Characters stand apart, so that a word n-gram is a character n-gram. Skipped with the reason where fastText is missing.
needs: pip install fasttext-wheel "numpy<2"
usage: beside_fasttext.py FILE.jsonl LABEL HOTLINE
"""
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time

FOLDS = 5
CHARACTERS = 250


def fold(content):
    key = re.sub(r"[^\w]", "", content or "")[:60]
    return int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) % FOLDS


def spaced(text):
    return " ".join(c for c in text if not c.isspace())


def macro_f1(gold, first):
    counts = lambda label: sum(g == label or f == label for g, f in zip(gold, first))
    right = lambda label: sum(g == label == f for g, f in zip(gold, first))
    f1 = lambda label: 2 * right(label) / (counts(label) + right(label))
    labels = set(gold) | set(first)
    return sum(map(f1, labels)) / len(labels)


def measure(fasttext, rows, label):
    labels = sorted({row[label] for row in rows})
    number = {name: f"__label__{at}" for at, name in enumerate(labels)}
    texts = [spaced((row.get("title") or "") + " " + row["content"]) for row in rows]
    gold = [number[row[label]] for row in rows]
    folds = [fold(row["content"]) for row in rows]
    figures, seconds, characters = [], 0.0, 0
    for out in range(FOLDS):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "train.txt")
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(f"{g} {t}\n" for g, t, k in zip(gold, texts, folds) if k != out)
            model = fasttext.train_supervised(
                path, dim=16, wordNgrams=3, epoch=50, lr=0.5, minCount=1, bucket=1 << 20, thread=1, seed=1, verbose=0
            )
        held = [(g, t) for g, t, k in zip(gold, texts, folds) if k == out]
        started = time.process_time()
        found = [model.f.predict(text + "\n", 3, 0.0, "strict") for _, text in held]
        seconds += time.process_time() - started
        characters += sum(len(text) // 2 + 1 for _, text in held)
        names = [[name for _, name in choices] for choices in found]
        held = [g for g, _ in held]
        first = [choices[0] for choices in names]
        figures.append((
            sum(g == f for g, f in zip(held, first)) / len(held),
            macro_f1(held, first),
            sum(g in choices for g, choices in zip(held, names)) / len(held),
        ))
    for name, values in zip(("accuracy", "macro_f1", "top3"), zip(*figures)):
        mean = sum(values) / FOLDS
        spread = (sum((v - mean) ** 2 for v in values) / FOLDS) ** 0.5
        print(f"fastText {name:9} {mean:.4f} ± {spread:.4f}")
    print(f"fastText {characters / seconds / CHARACTERS:,.0f} texts of {CHARACTERS} characters a second of processor time")


def main():
    file, label, hotline = sys.argv[1:]
    run = [hotline, "evaluate", file, "--label", label, "--folds", str(FOLDS), "--speed", "--json"]
    ours = json.loads(subprocess.run(run, check=True, capture_output=True).stdout)
    for name in ("accuracy", "macro_f1", "top3"):
        print(f"hotline  {name:9} {ours[name]:.4f} ± {ours['sd'][name]:.4f}")
    print(f"hotline  {ours['speed']['texts_per_second']:,.0f} texts of {CHARACTERS} characters a second, one thread")
    try:
        import fasttext
    except ImportError as reason:
        print(f"fastText skipped: {reason}")
        return
    with open(file, encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    measure(fasttext, [row for row in rows if row.get(label)], label)


main()
