"""`python -m bots.prefect_host.worker`: carries out the runs of what Rekey deployed, and no others.

Prefect's own process worker takes command, environment and folder of a run from the server, where anybody who
signs in can set them, and there too finds the code to load. This one takes nothing of it but which run is to
begin: what it starts, where and with which code stands in Rekey's register.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import anyio
from anyio.abc import TaskStatus
from prefect.exceptions import ObjectNotFound
from prefect.runner._flow_run_executor import FlowRunExecutionResult, FlowRunExecutorContext
from prefect.runner._starter_engine import EngineCommandStarter
from prefect.utilities.processutils import setup_signal_handlers_worker
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker, ProcessWorkerResult

from bots.engine.core.errors import RekeyError
from bots.engine.settings import load_settings

from .environment import CLOSED_TEMPLATE, WORK_POOL, worker_name
from .register import Register, Registered

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun, State
    from prefect.client.schemas.responses import WorkerFlowRunResponse

_RUNS_AT_ONCE = 4  # more flow runs at once and SQLite answers "database is locked" and loses events


class FixedConfiguration(ProcessJobConfiguration):
    """Everything stands fixed: neither the pool's template nor any variables are looked at."""

    @classmethod
    async def from_template_and_values(cls, *_args: Any, **_values: Any) -> FixedConfiguration:
        return cls()


class NoHooks:
    """Prefect would load a flow into the worker itself to run its hooks. Ours have none."""

    async def run_cancellation_hooks(self, flow_run: FlowRun, state: State[Any]) -> None: ...

    async def run_crashed_hooks(self, flow_run: FlowRun, state: State[Any]) -> None: ...


class RekeyWorker(ProcessWorker):
    job_configuration = FixedConfiguration

    def __init__(self, register: Register, **options: Any) -> None:
        super().__init__(**options)
        self._register = register

    @classmethod
    def get_default_base_job_template(cls) -> dict[str, Any]:
        return CLOSED_TEMPLATE

    async def _submit_scheduled_flow_runs(
        self, flow_run_response: list[WorkerFlowRunResponse]
    ) -> list[FlowRun]:
        """A run that is not to be carried out ends here, before anything of it is taken up."""
        good = []
        for one in flow_run_response:
            try:
                await self._admit(one.flow_run)
            except RekeyError as error:
                await self._propose_crashed_state(one.flow_run, error.sentence)
            else:
                good.append(one)
        return await super()._submit_scheduled_flow_runs(good)

    async def run(
        self,
        flow_run: FlowRun,
        configuration: ProcessJobConfiguration,
        task_status: TaskStatus[int] | None = None,
    ) -> ProcessWorkerResult:
        # The run as it was admitted. If it is changed now, the flow itself sees it (flows/boundary.py).
        registered = self._register.of_run(flow_run.model_dump(mode="json"))
        ended = await self._execute(
            flow_run, configuration, registered, task_status or anyio.TASK_STATUS_IGNORED
        )
        if ended is None or ended.status_code is None:
            raise RuntimeError("the process of the flow run did not start")
        return ProcessWorkerResult(status_code=ended.status_code, identifier=str(ended.handle.pid))

    async def _execute(
        self,
        flow_run: FlowRun,
        configuration: ProcessJobConfiguration,
        registered: Registered,
        task_status: TaskStatus[int],
    ) -> FlowRunExecutionResult | None:
        async with FlowRunExecutorContext() as context:
            starter = EngineCommandStarter(
                entrypoint=registered.entrypoint,
                cwd=registered.directory,
                env=configuration.env,
                control_channel=context.control_channel,
            )
            executor = context.create_executor(
                flow_run, starter, propose_submitting=False, hook_runner=NoHooks()
            )
            ended: FlowRunExecutionResult | None = None

            async def execute(*, task_status: TaskStatus[Any]) -> None:
                nonlocal ended
                ended = await executor.submit(task_status=task_status)

            async with anyio.create_task_group() as tasks:
                handle = await tasks.start(execute)
                task_status.started(handle.pid)
        return ended

    async def _admit(self, flow_run: FlowRun) -> Registered:
        """Raises RekeyError when Rekey did not deploy what this run is of, or not so."""
        deployment = None
        if flow_run.deployment_id is not None:
            with suppress(ObjectNotFound):
                found = await self.client.read_deployment(flow_run.deployment_id)
                deployment = found.model_dump(mode="json")
        return self._register.admit(flow_run.model_dump(mode="json"), deployment)


async def main() -> None:
    setup_signal_handlers_worker(os.getpid(), "the worker", print)
    worker = RekeyWorker(
        Register(load_settings().home),
        work_pool_name=WORK_POOL,
        name=worker_name(),
        limit=_RUNS_AT_ONCE,
        create_pool_if_not_found=False,
    )
    await worker.start()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):  # what a request to end is turned into
        asyncio.run(main())
