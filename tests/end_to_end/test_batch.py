"""A compute environment that has to be replaced, on the real engine: AWS deletes none that a queue names."""

from pathlib import Path

from tests.engine import CLONE, Engine, write_program

PROGRAM = f"""
import sys
sys.path.insert(0, {str(CLONE)!r})
from tests.components.compute.job_examples import batch_args
from components.compute.batch import Batch

def renamed(args):
    # As the provider names it once more: another prefix is another environment.
    if args.name == "batch-spot":
        return pulumi.ResourceTransformationResult({{**args.props, "namePrefix": pulumi.Config().require("prefix")}}, args.opts)

pulumi.runtime.register_stack_transformation(renamed)
Batch("batch", batch_args())
"""


def test_the_queue_goes_over_to_a_new_environment_before_the_old_one_goes(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "sandbox", write_program(tmp_path / "project", PROGRAM))
    engine.run("stack", "init", "test").ok()
    engine.up("test", "-c", "prefix=first-").ok()
    before = engine.resources("test")["batch-spot"]["outputs"]["arn"]
    done = engine.up("test", "-c", "prefix=second-").ok().stdout
    order = (
        "aws:batch:ComputeEnvironment batch-spot created replacement",
        "aws:batch:JobQueue batch updated",
        "aws:batch:ComputeEnvironment batch-spot deleted original",
    )
    places = [done.find(line) for line in order]
    assert -1 not in places and places == sorted(places), done
    after = engine.resources("test")
    named = [each["computeEnvironment"] for each in after["batch"]["inputs"]["computeEnvironmentOrders"]]
    assert after["batch-spot"]["outputs"]["arn"] in named and before not in named
