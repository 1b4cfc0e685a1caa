"""What the measurements share: programs on loopback, each ended by its pid, the
CPU that they took, and certificates for those that want TLS."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
from mesh import end_with_us, free_port, wait_for  # noqa: E402

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def cpu_s(pid):
    """User and system time of a process so far."""
    with open("/proc/%d/stat" % pid) as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


class Programs:
    """Started in a directory of their own; what they say is in DIR/NAME.log."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="tocsin-bench-")
        os.chmod(self.dir, 0o755)
        self.running = []

    def path(self, name, text=None):
        path = os.path.join(self.dir, name)
        if text is not None:
            with open(path, "w") as out:
                out.write(text)
        return path

    def start(self, name, *words):
        with open(self.path(name + ".log"), "ab") as log:
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       cwd=self.dir, preexec_fn=end_with_us)
        self.running.append(process)
        return process

    def cpu_s(self):
        return sum(cpu_s(p.pid) for p in self.running if p.poll() is None)

    def certificates(self):
        """ca.pem, server.pem and server.key for localhost."""
        def openssl(*words):
            subprocess.run(["openssl", *words], cwd=self.dir, check=True, capture_output=True)
        self.path("san", "subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        for name, subject in (("ca", "/CN=bench"), ("server", "/CN=localhost")):
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", name + ".key")
            openssl("req", "-new", "-key", name + ".key", "-subj", subject, "-out", name + ".csr")
        openssl("req", "-x509", "-key", "ca.key", "-subj", "/CN=bench", "-days", "2",
                "-out", "ca.pem")
        openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "2", "-extfile", "san", "-out", "server.pem")
        for name in ("ca.pem", "server.pem", "server.key"):
            os.chmod(self.path(name), 0o644)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        for process in self.running:
            process.terminate()
        for process in self.running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if kind is not None:
            for name in sorted(os.listdir(self.dir)):
                if name.endswith(".log"):
                    with open(self.path(name), errors="replace") as log:
                        print("----", name, "\n" + "".join(log.readlines()[-15:]))
        shutil.rmtree(self.dir, ignore_errors=True)


class Result:
    """`seconds` from the first byte until the last nation has everything."""

    def __init__(self, name, count, seconds, cpu):
        self.name, self.count, self.seconds, self.cpu = name, count, seconds, cpu
        self.rate = count / seconds

    def __str__(self):
        return "%-34s %7.0f/s %7.0f us CPU each" % (self.name, self.rate,
                                                    1e6 * self.cpu / self.count)


def stopwatch():
    began = time.monotonic()
    return lambda: time.monotonic() - began
