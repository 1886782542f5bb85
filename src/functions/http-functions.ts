/** What answers HTTP: a part of the bundle, loaded by the first request. */
export { onDiagnosis } from "./diagnosis.ts";
export { onExemption, onInclusion } from "./exemption.ts";
export { onFleet, onWorkspaces } from "./fleet.ts";
export { onHealth } from "./health.ts";
export { answer } from "./http.ts";
export { onReady } from "./ready.ts";
export { onRemediate } from "./remediate.ts";
export { onSettings } from "./settings.ts";
export { onStartSweep, onSweeps, onSweepState } from "./sweeps.ts";
export { onWorkspace } from "./workspace.ts";
