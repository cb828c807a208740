"""Runs Python programs, each in a process forked from this one, which has TensorFlow imported.

`python forking_server.py FD`: over that socket come orders as JSON, each with four file descriptors: stdin,
stdout and stderr of the program, and a pipe for its number and its exit status. What the program itself
imports of this repository is imported anew in each process.
"""

import contextlib
import gc
import json
import os
import runpy
import socket
import sys

import keras  # noqa: F401
import scipy.ndimage  # noqa: F401
import tensorflow  # noqa: F401
import tensorflow_datasets  # noqa: F401


def report(pipe, number):
    os.write(pipe, number.to_bytes(4, sys.byteorder, signed=True))


def next_order():
    """The next order, in the process that is to carry it out; the server itself never returns."""
    orders = socket.socket(fileno=int(sys.argv[1]))
    # Else a process goes through all of what it has from here, and copies it, before it ends.
    gc.freeze()
    while True:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        message, descriptors, _, _ = socket.recv_fds(orders, 2**20, 4)
        if not message:
            sys.exit()
        if os.fork():
            for each in descriptors:
                os.close(each)
            continue
        orders.close()
        *streams, pipe = descriptors
        # This one is the keeper: it waits for the program, and tells how it ended.
        program = os.fork()
        if program:
            for each in streams:
                os.close(each)
            report(pipe, program)
            report(pipe, os.waitstatus_to_exitcode(os.waitpid(program, 0)[1]))
            os._exit(0)
        os.close(pipe)
        for number, each in enumerate(streams):
            os.dup2(each, number)
            os.close(each)
        return json.loads(message)


def carry_out(program, folder, environment):
    """As `python PROGRAM` does, for a script or for `-m` and a module, with arguments."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    if program[0] == "-m":
        sys.argv, sys.path[0] = ["-m", *program[2:]], folder
        runpy.run_module(program[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv, sys.path[0] = program, os.path.dirname(program[0])
        runpy.run_path(program[0], run_name="__main__")


if __name__ == "__main__":
    carry_out(**next_order())
