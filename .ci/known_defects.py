"""Holds a board against what is known of the systems on it: python3 known_defects.py board.json

Every defect that is listed must be found and named, and nothing may be said where a system is known to be right.
"""

import json
import sys

# (system, op, cause)
DEFECTS = {
    ("pytorch", "gn", "one-pass-variance"),
    ("pytorch", "in", "dy-strides-ignored"),
    ("onnxruntime@1.20.1", "ln", "one-pass-variance"),
    ("onnxruntime@1.20.1", "gn", "one-pass-variance"),
    ("onnxruntime@1.30.0", "gn", "one-pass-variance"),
    ("tfjs", "bn", "statistics-channels-last"),
}

# (system, op): no finding there; None stands for any op.
RIGHT = {("onednn", None), ("simd", None), ("tfjs", "ln"), ("onnxruntime@1.30.0", "ln")}

board = json.load(open(sys.argv[1]))
found = {
    (finding["backend"], cell["op"], cause["cause_id"], cell["layout"])
    for cause in board["causes"]
    for finding in cause["findings"]
    for cell in finding["cells"]
}
wrong = [f"{system['backend']} did not run: {system['missing']}" for system in board["systems"] if system["missing"]]
wrong += [f"not found: {defect}" for defect in sorted(DEFECTS - {each[:3] for each in found})]
wrong += [
    f"found where it is right: {each}"
    for each in sorted(found)
    if (each[0], None) in RIGHT or each[:2] in RIGHT or (each[0], each[3]) == ("tfjs", "channels-last")
]
sys.exit("\n".join(wrong) if wrong else 0)
