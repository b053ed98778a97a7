"""Proves the tasks: every start fails because nothing is written, every solution passes, every mistake is recognised
as that mistake, every example in a start is true, and every solution that has a place in microgpt.py computes there
what the program computes. `prove.mjs` does the first three in MicroPython."""

import ast
import doctest
import sys

import read
from judge import NOT_YET, judge

faults = []
counts = {'tasks': 0, 'cases': 0, 'mistakes': 0, 'in the whole program': 0}
unchanged = read.printed(read.task('softmax').in_program(read.task('softmax').solution))
for task in read.tasks():
    def fault(what, task=task):
        faults.append('%s %s: %s' % (task.number, task.slug, what))

    texts = task.for_judge()
    counts['tasks'] += 1
    report = judge(texts, task.start)
    if report['headline'] != NOT_YET:
        fault('the start is judged: %s' % report)
    report = judge(texts, task.solution)
    counts['cases'] += len(report['cases'])
    if not report['passed'] or report['notes']:
        fault('the solution is judged: %s' % report)
    if judge(texts, '\n'.join('%s = lambda *_: float("inf")' % name for name in task.write))['passed']:
        fault('infinity is right in every case')
    for name, words, code in task.mistakes():
        counts['mistakes'] += 1
        headline = judge(texts, code)['headline']
        if headline != words:
            fault('mistakes/%s is judged: %s' % (name, headline))
    if task.quoted and task.solution != read.lines(task.quoted):
        fault('the quote is not lines %s: `cargo book sync` copies them' % task.quoted)
    names = {}
    exec('\n'.join([texts['given'], task.solution, task.tests.split('# ')[0]]), names)
    inside = [ast.get_docstring(node) or '' for node in ast.walk(ast.parse(task.start)) if hasattr(node, 'name')]
    examples = doctest.DocTestParser().get_doctest('\n\n'.join(inside), names, task.slug, None, None)
    examples.globs = names  # not a copy: functions see what the example sets
    told = []
    doctest.DocTestRunner(verbose=False).run(examples, out=told.append)
    if told or not examples.examples:
        fault('the example of the start: %s' % (''.join(told) or 'there is none'))
    if task.whole:
        counts['in the whole program'] += 1
        came = read.printed(task.in_program(task.solution))
        if came != unchanged:
            fault('in microgpt.py the solution prints %s' % came)
print('\n'.join(faults) or 'Proved in CPython: ' + ', '.join('%d %s' % (n, what) for what, n in counts.items()))
sys.exit(bool(faults))
