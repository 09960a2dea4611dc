"""The instances of RDS as PostgreSQL servers: what RDS is told, the servers do."""

from collections.abc import Mapping
from typing import Any, Final

from tests.functions.recovery.aws import REGIONS, TwoRegions, other
from tests.functions.recovery.built import FENCE_GROUP, OPEN_GROUP, PRIMARY
from tests.postgres import DATABASE
from tests.postgres_pair import Node

WRITER: Final = "writer"


class Databases:
    """A server of each region; one of them follows the other."""

    def __init__(self, regions: TwoRegions, nodes: Mapping[str, Node]) -> None:
        self._regions, self.nodes = regions, nodes
        self._closed: dict[str, bool] = {}
        self.nodes[PRIMARY].psql(
            f"CREATE ROLE {WRITER} LOGIN; CREATE TABLE work (id bigint PRIMARY KEY); GRANT INSERT ON work TO {WRITER}"
        )
        for region in REGIONS:
            self.follow_groups(region)

    def facts(self, region: str) -> dict[str, Any]:
        """What the switch of a region's database says of its server."""
        return {"address": "localhost", "port": self.nodes[region].tls_port}

    def is_writable(self, region: str) -> bool:
        """Whether the server takes writes from those whom RDS lets in."""
        if self._closed[region]:
            return False
        seen = self.nodes[region].attempt("SELECT pg_is_in_recovery()", user="rdsadmin", database="postgres")
        return seen.stdout.strip() == "f"

    def follow_groups(self, region: str) -> None:
        """Let those in whom the instance's security group admits."""
        closed = OPEN_GROUP not in self._instance(region).vpc_security_group_ids
        if self._closed.get(region) != closed:
            self.nodes[region].fence(closed=closed)
            self._closed[region] = closed

    def promote(self, identifier: str) -> None:
        """Follow nobody any more; a rehearsal's copy has no server."""
        for region in REGIONS:
            if identifier == self._instance(region).db_instance_identifier:
                self.nodes[region].promote()

    def lose(self, region: str) -> None:
        """End it as a region is lost; what follows it gets nothing any more."""
        self.nodes[region].way.cut()
        self.nodes[region].kill()

    def heal(self, region: str) -> None:
        """Run it again as it was: it knows nothing of what was decided meanwhile."""
        self.nodes[region].way.mend()
        self.nodes[region].start()
        self._closed[region] = False
        self.follow_groups(region)

    def seed(self, region: str) -> None:
        """Make it follow the other region's, as the next generation of the database does; what only it has is thrown away."""
        node, source = self.nodes[region], self.nodes[other(region)]
        node.stop()
        node.rewind_to(source)
        instance = self._instance(region)
        instance.is_replica, instance.vpc_security_group_ids = True, [FENCE_GROUP]
        node.start(follows=source)
        self._closed[region] = False
        self.follow_groups(region)

    def rows(self, region: str) -> set[int]:
        """The rows that the writer's table has there."""
        return {int(each) for each in self.nodes[region].psql("SELECT id FROM work", database=DATABASE)}

    def _instance(self, region: str) -> Any:
        return self._regions.database(region)
