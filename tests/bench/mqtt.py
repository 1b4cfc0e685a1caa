"""mosquitto over the chain A-B-C: three brokers with persistence, bridges with
QoS 1 over TLS, mosquitto_pub at A and mosquitto_sub at C. A broker
acknowledges from memory and saves to disk when it ends or on a timer."""
import os
import subprocess
import time

from chain import AHEAD
from rig import Programs, Result, free_port, stopwatch, wait_for

NAMES = "abc"

BROKER = """listener %(port)d 127.0.0.1
certfile server.pem
keyfile server.key
allow_anonymous true
persistence true
persistence_location %(store)s/
max_inflight_messages %(ahead)d
max_queued_messages 0
user root
"""
BRIDGE = """connection to-%(next)s
address localhost:%(next_port)d
topic alerts out 1
bridge_cafile ca.pem
cleansession false
try_private false
remote_clientid bridge-%(next)s
"""


def start(programs, ports):
    for at, name in reversed(list(enumerate(NAMES))):
        store = programs.path("store-" + name)
        os.mkdir(store)
        text = BROKER % {"port": ports[name], "store": store, "ahead": AHEAD}
        if at < 2:
            after = NAMES[at + 1]
            text += BRIDGE % {"next": after, "next_port": ports[after]}
        programs.start("mosquitto-" + name, "/usr/sbin/mosquitto", "-c",
                       programs.path(name + ".conf", text))


def tool(name, port, ca, *words):
    return [name, "-h", "localhost", "-p", str(port), "--cafile", ca, "-t", "alerts", "-q", "1",
            *words]


def reaches(ports, ca):
    """The bridges dial when they like: whether a message passes both."""
    with subprocess.Popen(tool("mosquitto_sub", ports["c"], ca, "-C", "1", "-W", "2"),
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as sub:
        while sub.poll() is None:
            subprocess.run(tool("mosquitto_pub", ports["a"], ca, "-m", "warm"),
                           stderr=subprocess.DEVNULL, check=False)
        return sub.returncode == 0


def run(payloads):
    with Programs() as programs:
        programs.certificates()
        ports = {name: free_port() for name in NAMES}
        start(programs, ports)
        ca = programs.path("ca.pem")
        wait_for("the bridges", lambda: reaches(ports, ca), 30)
        lines = programs.path("payloads", "\n".join(payloads) + "\n")
        sub = subprocess.Popen(tool("mosquitto_sub", ports["c"], ca, "-C", str(len(payloads))),
                               stdout=subprocess.DEVNULL)
        time.sleep(1)  # it says nothing when it has subscribed
        cpu, elapsed = programs.cpu_s(), stopwatch()
        with open(lines) as text:
            pub = subprocess.Popen(tool("mosquitto_pub", ports["a"], ca, "-l"), stdin=text)
        try:
            pub.wait(120)
            sub.wait(60)
            return Result("mosquitto bridge QoS 1", len(payloads), elapsed(),
                          programs.cpu_s() - cpu)
        finally:
            for process in (pub, sub):
                if process.poll() is None:
                    process.kill()
                process.wait()


if __name__ == "__main__":
    print(run([os.urandom(1024).hex() for _ in range(8000)]))
