"""Reads the tasks: a folder each, named like its lesson, with task.md, start.py, tests.py and mistakes/*.py.

What task.md says in the comment under its title:

    write: NAME, NAME   what the reader is to define
    given: 10, 30-72    lines of microgpt.py that run before the reader's, or another task, for its solution
    whole: 97-101       which lines of microgpt.py the reader's text can take the place of
    whole: 175 lr = f() or which line calls it instead; the reader's text then stands below the imports

The solution is the last block of Python in task.md; where microgpt.py has it, a quote (`microgpt.py:97-101`).
"""

import ast
import contextlib
import io
import os
import re
import textwrap
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PROGRAM = (ROOT / 'microgpt.py').read_text(encoding='utf-8').split('\n')
IMPORTS = 12  # the last line of microgpt.py that everything needs


def read(path):
    return path.read_text(encoding='utf-8')


def span(text):
    """`97-101` or `97` as the numbers of the first and the last line."""
    first, _, last = text.partition('-')
    return int(first), int(last or first)


def raw(text):
    """Lines of microgpt.py."""
    first, last = span(text)
    return '\n'.join(PROGRAM[first - 1:last]) + '\n'


def lines(text):
    """Lines of microgpt.py, as far left as they can stand."""
    return textwrap.dedent(raw(text))


class Task:
    def __init__(self, folder):
        self.folder, self.slug = folder, folder.name
        [lesson] = (ROOT / 'course').glob('*/[0-9][0-9]-%s.md' % self.slug)
        self.lesson = '%s/%s' % (lesson.parent.name, lesson.stem)
        self.number = '%d.%d' % (int(self.lesson[:2]), int(lesson.stem[:2]))
        text = read(folder / 'task.md')
        self.title = text.split('\n')[0].lstrip('# ')
        comment = re.search(r'<!--\n(.*?)-->', text, re.S).group(1)
        about = [line.split(': ', 1) for line in comment.strip().split('\n')]
        one = dict(about)
        self.write = one['write'].split(', ')
        self.given = one['given'].split(', ') if 'given' in one else []
        self.whole = [value.split(' ', 1) for key, value in about if key == 'whole']
        self.start, self.tests = read(folder / 'start.py'), read(folder / 'tests.py')
        self.quoted, solution = re.findall(r'```python(?: microgpt.py:([-0-9]+))?\n(.*?)```', text, re.S)[-1]
        self.solution = textwrap.dedent(solution)

    def mistakes(self):
        """File name, words and code of each."""
        for path in sorted((self.folder / 'mistakes').glob('*.py')):
            tree = ast.parse(read(path))
            yield path.name, ' '.join(ast.get_docstring(tree).split()), read(path)

    def before(self):
        """The Python that runs before the reader's."""
        return '\n'.join(raw(each) if each[0].isdigit() else task(each).solution for each in self.given)

    def for_judge(self):
        """The task as judge.py takes it."""
        return {
            'write': self.write,
            'given': self.before(),
            'start': self.start,
            'solution': self.solution,
            'tests': self.tests,
            'mistakes': [{'words': words, 'code': code} for _, words, code in self.mistakes()],
        }

    def in_program(self, text):
        """microgpt.py with a text in the place of our lines, shortened to two steps and two samples."""
        program = dict(enumerate(PROGRAM, 1))
        program[153] = program[153].replace('num_steps', '2')
        program[189] = program[189].replace('20', '2')
        front = [task(each).solution for each in self.given if not each[0].isdigit()]
        for place, *call in self.whole:
            first, last = span(place)
            indent = ' ' * (len(program[first]) - len(program[first].lstrip()))
            if call:
                front += [text] if text not in front else []
            for line in range(first, last + 1):
                program[line] = ''
            program[first] = indent + call[0] if call else text
        program[IMPORTS] += '\n' + '\n'.join(front)
        return '\n'.join(program[line] for line in sorted(program))


def task(name):
    """The task of a lesson, by its number or the name of its folder."""
    for each in tasks():
        if name in (each.number, each.slug):
            return each
    raise SystemExit('There is no task %s. There are: %s' % (name, ', '.join(each.number for each in tasks())))


@lru_cache(maxsize=None)
def tasks():
    """All tasks, in the order of their lessons."""
    return sorted((Task(path.parent) for path in HERE.glob('*/task.md')), key=lambda each: each.lesson)


def printed(program):
    """What a program prints, run in the folder of the names."""
    before, out = os.getcwd(), io.StringIO()
    os.chdir(ROOT)
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(program, 'microgpt.py with your lines', 'exec'), {'__name__': '__main__'})
    finally:
        os.chdir(before)
    return out.getvalue()
