"""
Judges what a reader has written for a task. The same file runs in CPython (3.8 or newer) and in MicroPython, which
is the Python of the pages, so it uses nothing that one of them does not have.

A task is a dict of texts:

    write     the names that the reader is to define
    given     Python that runs before the reader's
    start     what the reader begins with
    solution  ours
    tests     cases, separated by empty lines. The first line is a comment, the case's title; the others are
              statements; the last one is an expression, whose value is what is compared. What stands before the
              first title is run once, after the reader's
    mistakes  a list of {"words", "code"}: typical wrong solutions

No case says what is expected: that is computed, by the same case with our solution. A mistake is recognised by doing
in every case what the mistake's own code does.
"""

import io
import sys

FILE = 'your code'
LONGEST = 20000  # characters of a text that is judged
NOT_YET = 'This is the start: nothing is written yet.'
NO_MORE = 'This does no more than the start. Is a `return` missing?'
CALLED = ('abs', 'all', 'any', 'dict', 'enumerate', 'float', 'int', 'isinstance', 'len', 'list', 'map', 'max', 'min',
          'print', 'range', 'reversed', 'round', 'set', 'sorted', 'str', 'sum', 'tuple', 'zip')


def judge(task, text):
    """What there is to say about a text: a dict of `passed`, `headline`, `line` (or None), `notes` and `cases`."""
    report = {'passed': False, 'headline': '', 'line': None, 'notes': [], 'cases': []}
    refusal = refused(text)
    if refusal:
        report['headline'], report['line'] = refusal
        return report
    names, error = run(task, text)
    if error:
        report['headline'], report['line'] = error[1], error[2]
        return report
    missing = [name for name in task['write'] if not callable(names.get(name))]
    if missing:
        report['headline'] = 'There is no `%s` here. The start has its first line: write below it.' % missing[0]
        return report
    report['notes'] = overwritten(task, names)
    cases = split(task['tests'])
    came = outcomes(task, text, names)
    expected = outcomes(task, task['solution'])
    for case, ours, theirs in zip(cases, expected, came):
        wrong = differs(ours, theirs)
        if ours[0] == 'value' and wrong == cut(show(ours[1])):
            wrong += ' (it differs in what is not shown)'
        report['cases'].append({
            'title': case[0],
            'code': '\n'.join(case[1:]),
            'right': not wrong,
            'expected': cut(show(ours[1])),
            'came': wrong,
            'line': theirs[2],
        })
    right = len([case for case in report['cases'] if case['right']])
    report['passed'] = right == len(cases)
    if report['passed']:
        report['headline'] = 'Right, in all %d cases.' % right
        return report
    first = [case for case in report['cases'] if not case['right']][0]
    report['line'] = first['line']
    if text.split() == task['start'].split():
        report['headline'] = NOT_YET
    else:
        stops = first['came'] + (' ' if first['came'].endswith('?') else '. ') if first['line'] else ''
        report['headline'] = recognised(task, came) or '%s%d of %d cases %s right.' % (stops, right, len(cases), 'is' if right == 1 else 'are')
    return report


def refused(text):
    """Why a text is not run at all, and its line."""
    if len(text) > LONGEST:
        return 'This has %d characters; the task takes a few lines. Was something else pasted here?' % len(text), None
    for number, line in enumerate(text.split('\n')):
        words = line.split()
        imports = words[:1] == ['import'] or (words[:1] == ['from'] and 'import' in words[2:3])
        if imports and words[1:] and words[1].split('.')[0].rstrip(',;') != 'math':
            return '`%s`: the task takes plain Python and what is given, nothing else.' % cut(line.strip(), 60), number + 1
    return None


def run(task, text):
    """The names that are there after the given Python and a text, or why that failed."""
    names = {'__name__': 'task', 'input': asked}
    exec(task['given'], names)
    try:
        exec(compile(text, FILE, 'exec'), names)
    except (Exception, SystemExit) as error:
        return names, failed(error, text)
    return names, None


def asked(*_):
    raise Exception('`input` has nobody to ask here')


def overwritten(task, names):
    """Sentences about names of Python's, or of the given, that now mean something else."""
    given = {}
    exec(task['given'], given)
    taken = [name for name in CALLED if name in names]
    for name in given:
        if not name.startswith('_') and name not in task['write'] and kind(names.get(name)) != kind(given[name]):
            taken.append(name)
    return ['The name `%s` is yours now, and what it meant before is gone: take another one.' % name for name in taken]


def split(tests):
    """The cases, each a list of lines, its title first."""
    cases = []
    for part in tests.strip().split('\n\n'):
        lines = part.strip().split('\n')
        if lines[0].startswith('# '):
            cases.append([lines[0][2:]] + lines[1:])
    return cases


def outcomes(task, text, names=None):
    """What comes out of every case with a text, which may have been run to these names already."""
    error = None
    if names is None:
        names, error = run(task, text)
    try:
        exec(task['tests'].split('# ')[0], names)
    except Exception as problem:  # a name that they need is another's
        error = error or failed(problem)
    return [error or outcome(names, case) for case in split(task['tests'])]


def outcome(names, case):
    """What comes of a case: ('value', value, None, what its last line has changed), or ('error', words, line)."""
    before = set(names)
    try:
        exec('\n'.join(case[1:-1]), names)
        made = {name: frozen(names[name]) for name in names if name not in before and not name.startswith('_')}
        value = eval(case[-1], names)
        if kind(value) == 'a generator':
            raise TypeError('a generator comes back, which computes nothing before it is asked')
        changed = [name for name in made if different(made[name], frozen(names.get(name)))]
        result = 'value', value, None, {name: (made[name], frozen(names.get(name))) for name in changed}
    except (Exception, SystemExit) as error:
        result = failed(error)
    for name in list(names):
        if name not in before:
            del names[name]
    return result


def failed(error, text=''):
    """An error as an outcome: its words, and its line in the reader's text."""
    name, line = type(error).__name__, line_of(error)
    if isinstance(error, SyntaxError):
        return 'error', unread(error, text, line), line
    return 'error', '%s: %s' % (name, explained(name, cut(str(error)))), line


def line_of(error):
    """The last line of the reader's that an error went through."""
    if isinstance(error, SyntaxError) and getattr(error, 'filename', None) == FILE:
        return error.lineno
    if hasattr(sys, 'print_exception'):  # MicroPython
        out = io.StringIO()
        sys.print_exception(error, out)
        lines = [line.split('line ')[-1].split(',')[0] for line in out.getvalue().split('\n') if FILE in line]
    else:
        lines, trace = [], error.__traceback__
        while trace:
            if trace.tb_frame.f_code.co_filename == FILE:
                lines.append(trace.tb_lineno)
            trace = trace.tb_next
    return int(lines[-1]) if lines else None


OTHER = ('function ', 'let ', 'const ', 'var ', 'fn ', 'pub ', 'use ', '#include', 'public ', 'int ', 'void ', '<', '{', '//')


STRANGE = '−–—×÷·≤≥≠“”„‘’…\u00a0\u2003\u2009\u200b\u202f\u3000'


def unread(error, text, line):
    """What to say of a text that is not Python."""
    if type(error).__name__ == 'TabError':
        return 'Tabs and spaces are mixed here: indent with spaces.'
    if isinstance(error, IndentationError):
        return 'The indentation does not fit: lines of one block begin below one another, 4 spaces further in.'
    lines = text.split('\n')
    if any(each.strip().startswith(OTHER) for each in lines):
        return 'This does not read as Python, but as another language.'
    whole = lines[line - 1] if line and line <= len(lines) else ''
    here = whole.strip()
    if here.startswith(('def ', 'if ', 'for ', 'while ', 'class ', 'else')) and ':' not in here:
        return 'Python cannot read this line. Is the colon at its end missing?'
    strange = [c for c in whole.split('#')[0] if c in STRANGE]
    if strange and "'" not in here and '"' not in here:
        return 'Python cannot read the `%s` in this line. A minus is `-`, and a space a plain one.' % strange[0]
    if "outside function" in str(error):
        return '`return` stands outside of the function: indent it by 4 spaces.'
    return 'Python cannot read this line, or the one before it. Is a bracket, a quote, a colon, an indent or an `=` of `==` missing?'


OF_VALUES = ('data', 'grad', 'exp', 'log', 'relu', 'backward', '_children', '_local_grads')


def explained(name, text):
    """The text of an error in clearer words, the same for both Pythons."""
    has = lambda *parts: any(part in text for part in parts)
    if name in ('RecursionError', 'RuntimeError') and has('recursion'):
        return 'a function calls itself without an end'
    if name == 'MemoryError':
        return 'more is kept than there is room for. Does a list grow without an end?'
    if name == 'UnboundLocalError' or has('referenced before assignment'):
        return ('a name is used before the function gives it a value. Is it one of Python\'s own, such as `sum`, '
                'that gets a new value here? Or does an inner function change a name of the outer one? Then it begins '
                'with `nonlocal` and that name')
    if name == 'NameError':
        return '%s. Is it spelled as in the start?' % text.split('. ')[0].replace("isn't", 'is not').replace("'", '`')
    if name == 'ZeroDivisionError':
        return 'a division by 0'
    if name == 'OverflowError' or has('math domain error', 'math range error', 'expected a positive input'):
        return '`math.exp` of a number that is too large, or `math.log` of one that is not above 0'
    if has('real number', 'object to float'):
        return '`math` takes plain numbers, and got something else. A Value has its own `.exp()` and `.log()`'
    if has('NoneType'):
        return 'something is None that should have a value: `append` and `extend` give None. Or is a `return` missing?'
    if has('callable'):
        return 'what is called here is no function. Has its name been given to something else?'
    if has('positional argument'):
        return 'a function is called with another number of arguments than it takes'
    if name == 'AttributeError' and has("'int'", "'float'"):
        name = text.split("'")[-2]
        return 'a plain number has no `.%s`%s' % (name, '; a Value has' if name in OF_VALUES else '')
    return text


def recognised(task, came):
    """The words of the mistake whose code does the same in every case."""
    for mistake in task['mistakes'] + [{'words': NO_MORE, 'code': task['start']}]:
        theirs = outcomes(task, mistake['code'])
        if all(alike(a, b) for a, b in zip(theirs, came)):
            return mistake['words']
    return None


def alike(a, b):
    """Whether two outcomes are the same; of errors, whether they say the same."""
    return a[0] == b[0] and (a[1] == b[1] if a[0] == 'error' else not differs(a, b))


def differs(ours, theirs):
    """How an outcome differs from ours, in words; nothing if it does not."""
    if theirs[0] == 'error':
        return theirs[1]
    wrong = different(ours[1], theirs[1])
    if wrong:
        return wrong
    for name in sorted(theirs[3]):
        if name not in ours[3]:
            was, now = [cut(show(value), 120) for value in theirs[3][name]]
            return 'the right value; but `%s` was %s before and is %s now. What a function is given, it leaves as it is' % (name, was, now)
    return ''


def different(ours, theirs):
    """What is wrong with a value, in words; nothing if it is like ours."""
    a, b = kind(ours), kind(theirs)
    several = ('a list', 'a tuple')
    if a == b == 'a Value':
        return number_differs(ours.data, theirs.data, show(theirs))
    if a == b == 'a plain number':
        return number_differs(ours, theirs, show(theirs))
    if a in several and b in several:
        if len(ours) != len(theirs):
            return '%s: %d %s, and there should be %d' % (
                cut(show(theirs)), len(theirs), 'entry' if len(theirs) == 1 else 'entries', len(ours))
        for at in range(len(ours)):
            wrong = different(ours[at], theirs[at])
            if wrong:
                whole = cut(show(theirs), 240)
                return whole + ('' if wrong == show(theirs[at]) else ' (in it: %s)' % cut(wrong, 200))
        return ''
    if a != b:
        if b == 'None':
            return 'None: does the function end without a `return`?'
        more = ''
        if (a, b) == ('a Value', 'a plain number'):
            more = ', through which no gradient flows'
        elif (a, b) == ('a plain number', 'a Value'):
            more = '; its number is in `.data`'
        return '%s: %s%s, and it should be %s' % (cut(show(theirs), 120), b, more, a)
    return '' if ours == theirs or a in ('a function', 'a class') else cut(show(theirs))


def number_differs(ours, theirs, shown):
    if kind(ours) != 'a plain number' or kind(theirs) != 'a plain number':
        return '' if kind(ours) == kind(theirs) else '%s: its `.data` is %s, and should be a plain number' % (shown, kind(theirs))
    if theirs != theirs:
        return '' if ours != ours else '%s, which is no number: it comes from inf - inf or inf / inf' % shown
    # What is infinite, or too large for a float, is like nothing but itself.
    if ours == theirs or max(abs(ours), abs(theirs)) < 1e300 and abs(ours - theirs) <= 1e-12 + 1e-9 * max(abs(ours), abs(theirs)):
        return ''
    return shown


def kind(value):
    """What a value is, in words."""
    name = type(value).__name__
    if name == 'Value':
        return 'a Value'
    known = {'int': 'a plain number', 'float': 'a plain number', 'bool': 'a plain number', 'list': 'a list',
             'tuple': 'a tuple', 'str': 'a text', 'NoneType': 'None', 'dict': 'a dict', 'set': 'a set',
             'generator': 'a generator', 'type': 'a class', 'module': 'a module', 'map': 'a generator',
             'zip': 'a generator', 'filter': 'a generator', 'reversed': 'a generator', 'complex': 'a complex number'}
    return known.get(name, 'a function' if callable(value) else 'a ' + name)


def frozen(value, depth=0):
    """A value as it is now: what changes later does not change this."""
    if kind(value) == 'a Value':
        return value.data
    if kind(value) in ('a list', 'a tuple') and depth < 6:
        return [frozen(each, depth + 1) for each in value]
    return value if kind(value) in ('a plain number', 'a text') else None


def show(value, depth=0):
    """A value as the reader sees it."""
    what = kind(value)
    if what == 'a Value':
        return 'Value(%s)' % show(getattr(value, 'data', None), depth + 1)
    if what == 'a plain number':
        if isinstance(value, float):
            return '%.6g' % value if value != int_or(value) else '%.15g' % value
        return str(value) if abs(value) < 10**30 else 'a whole number of more than 30 digits'
    if what in ('a list', 'a tuple'):
        if depth > 4:
            return '...'
        inner = [show(each, depth + 1) for each in value[:12]] + (['...'] if len(value) > 12 else [])
        if what == 'a list':
            return '[%s]' % ', '.join(inner)
        return '(%s%s)' % (', '.join(inner), ',' if len(value) == 1 else '')
    if what == 'a text':
        return repr(value[:200])
    return what


def int_or(value):
    """A float as a whole number, where it can be one."""
    return int(value) if value == value and abs(value) < 1e15 else None


def cut(text, most=400):
    """A text that is not longer than that."""
    return text if len(text) <= most else text[:most - 4] + ' ...'
