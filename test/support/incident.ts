import { derivePage } from "../../functions/cli/page/page.ts";
import type { Page } from "../../functions/cli/page/page.ts";
import type { Reads } from "../../functions/runtime/remarks/record.ts";
import { deriveStatus } from "../../functions/cli/status.ts";
import type { Instance } from "../../functions/core/model.ts";
import type { ServiceReport } from "../../functions/core/report.ts";
import { claim, claims, CLUSTER, instance, NAMESPACE, NO_NODES, OWNER, pod, service, settings } from "./builders.ts";
import { report, serviceReport } from "./reports.ts";

/** What somebody might write who wants a page to run it, or to read otherwise than it is. */
export const HOSTILE = `</script></style><script>document.title = "broken"</script><img src=x onerror="document.title='broken'">\u202egnp\u0000'"\``;

const ABOUT = {
  stack: null,
  server: "https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com/",
  eksCluster: "prod",
  context: null,
  cluster: CLUSTER,
  account: "111122223333",
  region: "eu-west-1",
  owner: OWNER,
};

/** When the page of an incident was made. */
export const MADE_AT = Date.UTC(2026, 10, 26, 19, 40, 12);

/** A page with one service of each kind of trouble, `calm` that are in sync with three instances each, and `others`. */
export function incident(calm: number, others: readonly ServiceReport[] = []): Page {
  const troubled = [failed(), held(), differs(), hostile(), ...others.map((one) => ({ report: one, instances: [] }))];
  const services = Array.from({ length: calm }, (_, index) => inSync(index));
  const all = [...troubled, ...services].toSorted((a, b) => (a.report.service < b.report.service ? -1 : 1));
  const reads: Reads = {
    sources: [claims(claim({ service: "payments" }))],
    namespaces: [],
    nodes: NO_NODES,
    pods: new Map([
      [
        "",
        {
          query: { namespace: "shop", labelSelector: "" },
          read: { value: [pod({ name: "payments-6d4cf56db6-w41ts", ready: false })] },
        },
      ],
    ]),
    instances: new Map(
      all.map(({ report: { service: name }, instances }) => [service({ name, id: `srv-${name}` }), instances]),
    ),
  };
  const found = report({
    services: all.map((one) => one.report),
    warnings: ["mappings[7] chooses no pod: no pod of shop has app=wbe; there is app=web, app=orders", HOSTILE],
    errors: [
      "source virtualNodes: the API server refused the list of VirtualNodes (403); kubectl apply -f infra/rbac.yaml",
    ],
    ok: false,
  });
  const identity = { cluster: CLUSTER, arn: OWNER, mayBeEmpty: false };
  return derivePage(deriveStatus(found, reads, settings({ identity }), true), found, ABOUT, reads, MADE_AT);
}

type Case = { readonly report: ServiceReport; readonly instances: readonly Instance[] };

function inSync(index: number): Case {
  const name = `service-${String(index).padStart(4, "0")}`;
  const instances = [1, 2, 3].map((last) => {
    const id = `10.${index >> 8}.${index & 255}.${last}`;
    return instance({ id, pod: `${name}-7997f7f687-${last}`, attributes: PLACE });
  });
  return { report: serviceReport({ service: name, desired: 3, registered: 3 }), instances };
}

const PLACE = { AVAILABILITY_ZONE: "eu-west-1a", AWS_INSTANCE_PORT: "8080" };

function failed(): Case {
  const error =
    "instances could not be listed: User: arn:aws:sts::111122223333:assumed-role/reader is not authorized to perform: servicediscovery:ListInstances; grant it";
  return { report: serviceReport({ service: "invoices", desired: 0, registered: 0, error }), instances: [] };
}

function held(): Case {
  const remedy = `${NAMESPACE}/orders would lose its last living pods (2), which no mapping chooses any more; check the selector of its mapping, or make the removals with --force`;
  const pods = ["orders-6d4cf56db6-b8xkq", "orders-6d4cf56db6-x2x9z"];
  const holds = pods.map(
    (name, index) =>
      ({
        kind: "deregister",
        id: `10.0.4.${index}`,
        reason: "guard",
        why: "unselected",
        pod: `shop/${name}`,
        remedy,
        isFailure: false,
      }) as const,
  );
  return {
    report: serviceReport({ service: "orders", desired: 0, registered: 2, held: holds }),
    instances: pods.map((name, index) => instance({ id: `10.0.4.${index}`, pod: name, attributes: PLACE })),
  };
}

function differs(): Case {
  const changes: ServiceReport["changes"] = [
    {
      kind: "register",
      id: "10.0.3.9",
      reason: "missing",
      pod: "shop/payments-6d4cf56db6-t4k98",
      attributes: { AWS_INSTANCE_IPV4: to("10.0.3.9"), AWS_INSTANCE_PORT: to("8080"), version: to("v2") },
    },
    {
      kind: "register",
      id: "10.0.3.8",
      reason: "drifted",
      pod: "shop/payments-6d4cf56db6-q7lkm",
      keys: ["version", "team"],
      attributes: { version: { from: "v1", to: "v2" }, team: { from: "a", to: null } },
    },
    { kind: "deregister", id: "10.0.3.7", reason: "pod-gone", pod: "shop/payments-6d4cf56db6-gone1" },
  ];
  const instances = [
    instance({ id: "10.0.3.7", pod: "payments-6d4cf56db6-gone1", attributes: PLACE }),
    instance({ id: "10.0.3.8", pod: "payments-6d4cf56db6-q7lkm", attributes: PLACE }),
    instance({
      id: "task-0123456789abcdef",
      owner: undefined,
      attributes: { "k8s.io/pod": undefined, ECS_CLUSTER_NAME: "legacy" },
    }),
  ];
  return { report: serviceReport({ service: "payments", desired: 2, registered: 2, foreign: 1, changes }), instances };
}

function hostile(): Case {
  const instances = [
    instance({ id: HOSTILE, pod: HOSTILE, owner: HOSTILE, attributes: { AVAILABILITY_ZONE: HOSTILE } }),
  ];
  const held = [
    { kind: "claim", id: HOSTILE, reason: "invalid", why: null, pod: HOSTILE, remedy: HOSTILE, isFailure: false },
  ] as const;
  const changes = [
    {
      kind: "register",
      id: HOSTILE,
      reason: "drifted",
      pod: HOSTILE,
      keys: [HOSTILE],
      attributes: { [HOSTILE]: { from: HOSTILE, to: HOSTILE } },
    },
  ] as const;
  return { report: serviceReport({ namespace: NAMESPACE, service: HOSTILE, changes, held }), instances };
}

function to(value: string) {
  return { from: null, to: value };
}
