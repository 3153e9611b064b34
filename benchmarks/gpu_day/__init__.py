r"""One run on a GPU that finds out most: what works, what it costs, what a paper search would take.

    python -m benchmarks.gpu_day --out results [--device cuda] [--seconds 330] [--small]

It needs the tree, torch, numpy and pydantic alone. Each part writes its lines to OUT/lines.jsonl at
once, so that whatever stops it loses only the part in progress; none begins after `--seconds`. At
the end a table for RESULTS.md is printed and written to OUT/table.md; `--table OUT` prints it anew.
`--small` makes everything tiny, to try the program itself on a CPU.
"""
