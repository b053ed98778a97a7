"""Judges a task on your machine, with nothing but Python (3.8 or newer):

    python3 tasks/check.py 3.3            judges tasks/softmax/mine.py, which begins as a copy of start.py
    python3 tasks/check.py 3.3 FILE       judges another file
    python3 tasks/check.py 3.3 --whole    and puts it into microgpt.py, in the place of our lines
"""

import argparse
import sys

import read
from judge import judge

PASSED = read.HERE / '.passed'
TAKE_OUT = 'If your file calls or prints something itself, take that out first.'


def main():
    parser = argparse.ArgumentParser(description='Judges what you wrote for a task.')
    parser.add_argument('task', help='the number of a lesson, such as 3.3')
    parser.add_argument('file', nargs='?', help='your file [default: mine.py in the folder of the task]')
    parser.add_argument('--whole', action='store_true', help='then run microgpt.py with it, two steps and two samples')
    args = parser.parse_args()
    if hasattr(sys.stdout, 'reconfigure'):
        sys.stdout.reconfigure(errors='replace')  # where there is no sign for a minus
    task = read.task(args.task)
    file = read.Path(args.file) if args.file else task.folder / 'mine.py'
    if not args.file and not file.exists():
        file.write_text(task.start, encoding='utf-8')
        print('%s %s\n\nThe task: %s\nWrite into: %s\nThen run this again.' % (
            task.number, task.title, shown(task.folder / 'task.md'), shown(file)))
        return 0
    try:
        text = file.read_text(encoding='utf-8-sig')  # some editors put a mark before it
    except (OSError, UnicodeDecodeError) as error:
        sys.exit('%s cannot be read: %s' % (file, error))
    report = judge(task.for_judge(), text)
    say(report, shown(file))
    if not report['passed']:
        return 1
    passed = set(PASSED.read_text().split()) if PASSED.exists() else set()
    PASSED.write_text('\n'.join(sorted(passed | {task.slug})) + '\n')
    return whole(task, text) if args.whole else 0


def shown(path):
    """A path as one types it from the root."""
    return path.relative_to(read.ROOT) if read.ROOT in path.parents else path


def say(report, file):
    place = '%s, line %d: ' % (file, report['line']) if report['line'] else ''
    print(place + report['headline'])
    for note in report['notes']:
        print(note)
    first = True  # the others are likely to be wrong for the same reason
    for case in report['cases']:
        print('  %s %s' % ('+' if case['right'] else '-', case['title']))
        if first and not case['right']:
            first = False
            print('\n'.join('        ' + line for line in case['code'].split('\n')))
            print('      expected: %s\n      came:     %s' % (case['expected'], case['came']))


def whole(task, text):
    """Compares what the program prints with the reader's text and with ours."""
    if not task.whole:
        print('This one has no place in microgpt.py.')
        return 0
    print('In microgpt.py, two steps and two samples ...')
    ours = read.printed(task.in_program(task.solution))
    try:
        yours = read.printed(task.in_program(text))
    except Exception as error:
        print('With yours it stops: %s: %s\n%s' % (type(error).__name__, error, TAKE_OUT))
        return 1
    print(yours.rstrip())
    same = yours == ours
    print('The same losses and the same names as with our lines.' if same else
          'Another output than with our lines:\n%s\n%s' % (ours.rstrip(), TAKE_OUT))
    return 0 if same else 1


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit('\nStopped. Does a loop run without an end?')
