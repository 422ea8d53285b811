"""Runs many of the programs here in one process: starting Python takes longer than opening an envelope.

stdin: {"folder": ..., "now": seconds, "jobs": [[program, argument, ...], ...]}; stdout: for each job how it
ended, "" or the reason of its refusal.
"""
import contextlib, importlib, io, json, sys, time

task = json.load(sys.stdin)
sys.path.insert(0, task["folder"])
import segel

time.time = lambda: task["now"]

def end(program, *arguments):
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            importlib.import_module(program).main(*arguments)
    except segel.Refused as e:
        return str(e)
    except Exception as e:
        return f"{type(e).__name__}: {e}"
    return ""

json.dump([end(*job) for job in task["jobs"]], sys.stdout)
