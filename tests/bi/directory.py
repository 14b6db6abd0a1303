"""A real LDAP directory on 127.0.0.1, from a jar that scripts/setup fetches, with some people in it."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyspark
from py4j.java_gateway import JavaGateway

from lake.settings import REPOSITORY

BASE = "dc=example,dc=org"
PEOPLE = f"ou=people,{BASE}"


class Directory:
    """A directory; `start` and `stop` as its operator would."""

    def __init__(self, gateway: JavaGateway, people: Mapping[str, str]) -> None:
        jvm = gateway.jvm
        listener = jvm.com.unboundid.ldap.listener.InMemoryListenerConfig.createLDAPConfig(
            "loopback", jvm.java.net.InetAddress.getByName("127.0.0.1"), 0, None
        )
        listeners = gateway.new_array(jvm.com.unboundid.ldap.listener.InMemoryListenerConfig, 1)
        listeners[0] = listener
        config = jvm.com.unboundid.ldap.listener.InMemoryDirectoryServerConfig(_strings(gateway, BASE))
        config.setListenerConfigs(listeners)
        self._server = jvm.com.unboundid.ldap.listener.InMemoryDirectoryServer(config)
        self._add(gateway, BASE, "objectClass: domain", "dc: example")
        self._add(gateway, PEOPLE, "objectClass: organizationalUnit", "ou: people")
        for name, password in people.items():
            person = ("objectClass: inetOrgPerson", f"uid: {name}", f"cn: {name}", f"sn: {name}")
            self._add(gateway, f"uid={name},{PEOPLE}", *person, f"userPassword: {password}")
        self.start()
        self.port = int(self._server.getListenPort())

    def start(self) -> None:
        """Listen, on the same port as before."""
        self._server.startListening()

    def stop(self) -> None:
        """Answer nobody, and hang up on who is there."""
        self._server.shutDown(True)

    def _add(self, gateway: JavaGateway, name: str, *attributes: str) -> None:
        self._server.add(_strings(gateway, f"dn: {name}", *attributes))


def _strings(gateway: JavaGateway, *texts: str) -> Any:
    array = gateway.new_array(gateway.jvm.String, len(texts))
    for place, text in enumerate(texts):
        array[place] = text
    return array


@contextmanager
def running_directory(people: Mapping[str, str]) -> Iterator[Directory]:
    """A directory with people by their names and passwords, in a Java of its own, both gone at the end."""
    subprocess.run([REPOSITORY / "scripts" / "setup", "ldap"], check=True)
    (jar,) = (REPOSITORY / ".build" / "ldap").glob("unboundid-ldapsdk-*.jar")
    (bridge,) = (Path(pyspark.__file__).parent / "jars").glob("py4j-*.jar")
    gateway = JavaGateway.launch_gateway(jarpath=str(bridge), classpath=str(jar), die_on_exit=True)
    try:
        directory = Directory(gateway, people)
        yield directory
        directory.stop()
    finally:
        gateway.shutdown()
        # It ends with its input.
        gateway.java_process.stdin.close()
        gateway.java_process.wait(60)
