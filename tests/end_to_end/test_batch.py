"""A compute environment that has to be replaced, on the real engine: AWS deletes none that a queue names."""

from tests.engine import Engine


def test_the_queue_goes_over_to_a_new_environment_before_the_old_one_goes(production: Engine) -> None:
    before = production.resources("prod")
    urn = before["batch-spot"]["urn"]
    preview = production.run("preview", "--stack", "prod", "--json", "--show-replacement-steps", "--replace", urn).ok().json
    order = [(step["op"], step["urn"].rpartition("::")[2]) for step in preview["steps"] if "aws:batch/" in step["urn"]]
    assert next(step for step in order if step[1] == "batch-spot" and step[0] != "same") == ("create-replacement", "batch-spot")
    done = production.run("up", "--yes", "--skip-preview", "--stack", "prod", "--replace", urn).ok().stdout
    made, moved, gone = (
        done.index(line)
        for line in (
            "aws:batch:ComputeEnvironment batch-spot created replacement",
            "aws:batch:JobQueue batch updated",
            "aws:batch:ComputeEnvironment batch-spot deleted original",
        )
    )
    assert made < moved < gone
    after = production.resources("prod")
    named = [each["computeEnvironment"] for each in after["batch"]["inputs"]["computeEnvironmentOrders"]]
    assert after["batch-spot"]["outputs"]["arn"] in named
    assert before["batch-spot"]["outputs"]["arn"] not in named
