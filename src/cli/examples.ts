/** The examples in the help of each command. A test runs each of them. */
export const examples = {
  check: [
    "acr-remediator check --name churn-model --resource-group ml-team --subscription $SUBSCRIPTION",
    "acr-remediator check $WORKSPACE --registry contosoml --json",
    "acr-remediator check --all --app $APP",
  ],
  fix: [
    "acr-remediator fix $WORKSPACE --registry contosoml --yes",
    "acr-remediator fix $WORKSPACE --yes --wait 30m --force-sync",
    "acr-remediator fix $WORKSPACE --app $APP --yes",
  ],
  doctor: ["acr-remediator doctor $WORKSPACE", "acr-remediator doctor $WORKSPACE --app $APP --json"],
  sweep: [
    "acr-remediator sweep --app $APP",
    "acr-remediator sweep --dry-run --app $APP",
    "acr-remediator sweep --only blocked:ImageMissing --app $APP",
  ],
  status: ["acr-remediator status --app $APP", "acr-remediator status $WORKSPACE --app $APP"],
  history: ["acr-remediator history $WORKSPACE --app $APP"],
  exempt: ['acr-remediator exempt $WORKSPACE --for 7d --reason "a migration" --app $APP'],
  include: ["acr-remediator include $WORKSPACE --app $APP"],
  replay: ["acr-remediator replay --event event.json", "acr-remediator replay --event event.json --app $APP --json"],
  config: ["acr-remediator config --settings local.settings.json.example", "acr-remediator config --app $APP"],
  images: ["acr-remediator images $WORKSPACE --image team/base:1.0"],
} as const;
