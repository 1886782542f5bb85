import type { News, WorkspaceNews } from "../../src/core/news.ts";
import type { Publishing } from "../../src/notices/cloud-event.ts";

export const publishing: Publishing = {
  source:
    "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/ml/providers/Microsoft.Web/sites/remediator",
  mode: "enforce",
  portal: "https://portal.azure.com",
};

export const workspaceId =
  "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/ml (dev)/providers/Microsoft.MachineLearningServices/workspaces/größe";

export const blockedNews: WorkspaceNews = {
  kind: "WorkspaceBlocked",
  reason: "MissingPermission",
  workspaceId,
  at: Date.UTC(2026, 2, 1, 12),
  reconcileId: "5e1f0000-0000-4000-8000-00000000000a",
  outcome: "blocked",
  message: "Our identity lacks a right.",
  done: ["attach contosoml"],
  doneBefore: 3,
};

export const sweepNews: News = {
  kind: "SweepOverdue",
  key: "overdue since 2026-03-02T03:30:00.000Z",
  at: Date.UTC(2026, 2, 2, 9),
  message: "A sweep should have come to its end.",
};
