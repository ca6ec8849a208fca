import { expect, test } from "vitest";
import { InputError } from "../../functions/core/errors.ts";
import { identify } from "../../functions/runtime/identity.ts";
import type { Described, Reached } from "../../functions/runtime/identity.ts";

const UID = "5a1c8c1e-0000-4000-8000-000000000001";
const ARN = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
const OTHER = "arn:aws:eks:eu-west-1:111122223333:cluster/staging";
const SERVER = "https://abc.eks.example";
const EKS: Reached = { access: "eks", arn: ARN, mayBeEmpty: false };
const KUBECONFIG: Reached = { access: "kubeconfig", server: `${SERVER}/`, isAnyEndpointAllowed: false };
const TUNNEL: Reached = { access: "kubeconfig", server: "https://127.0.0.1:8443/", isAnyEndpointAllowed: true };

const HERE: Described = { kind: "known", arn: ARN, endpoint: SERVER, mayBeEmpty: false };
const ELSEWHERE: Described = { ...HERE, endpoint: "https://xyz.eks.example" };
const UNKNOWN: Described = { kind: "unknown-cluster" };
const DENIED: Described = { kind: "no-answer", problem: "not authorized to perform eks:DescribeCluster" };

type Row = readonly [what: string, reached: Reached, owner: string | undefined, described: Described, is: string];

test.each<Row>([
  ["through EKS, the owner is the cluster's ARN", EKS, undefined, DENIED, ARN],
  ["through EKS, the cluster's own ARN may be written", EKS, ARN, DENIED, ARN],
  ["through EKS, any other text counts as it is written", EKS, "mine", DENIED, "mine"],
  ["at the server that EKS names, the owner is that cluster's ARN", KUBECONFIG, undefined, HERE, ARN],
  ["where EKS knows no such cluster, the owner is its UID", KUBECONFIG, undefined, UNKNOWN, `kube-system/${UID}`],
  ["a tunnel to the cluster that EKS names is let through where asked for", TUNNEL, undefined, ELSEWHERE, ARN],
  ["at its own server, a written ARN counts", KUBECONFIG, ARN, HERE, ARN],
  ["through a tunnel, a written ARN counts where that is asked for", TUNNEL, ARN, ELSEWHERE, ARN],
  ["through a kubeconfig, any other text counts as it is written", KUBECONFIG, "mine", ELSEWHERE, "mine"],
])("%s", async (_, reached, owner, described, is) => {
  const whose = await identified(reached, owner, described);
  expect(whose).toMatchObject({ owner: is, tagOwner: is, identity: { cluster: UID } });
  expect(whose.identity.isUnvouched).toBeUndefined();
});

test.each<Row>([
  ["through EKS, another cluster's ARN", EKS, OTHER, HERE, "which is another cluster's ARN, and this is"],
  [
    "no owner at a server that is another than EKS names",
    KUBECONFIG,
    undefined,
    ELSEWHERE,
    "`owner` is missing, and cannot be found out: EKS cluster prod has its API server at https://xyz.eks.example",
  ],
  [
    "no owner where EKS does not say",
    KUBECONFIG,
    undefined,
    DENIED,
    "EKS did not say whose cluster this is (not authorized to perform eks:DescribeCluster); run this again once EKS answers",
  ],
  ["no owner where EKS does not say, through a tunnel too", TUNNEL, undefined, DENIED, "`owner` is missing"],
  ["a written ARN whose cluster has another server", KUBECONFIG, ARN, ELSEWHERE, "or add --allow-endpoint if that is"],
])("refuses %s", async (_, reached, owner, described, says) => {
  const refused = identified(reached, owner, described);
  await expect(refused).rejects.toThrow(InputError);
  await expect(refused).rejects.toThrow(says);
});

test("points from another cluster's ARN to `previousOwners`", async () => {
  await expect(identified(EKS, OTHER, HERE)).rejects.toThrow("name the other one in `previousOwners`");
});

test.each([
  ["does not answer", DENIED],
  ["knows no such cluster", UNKNOWN],
])("where EKS %s, a written ARN counts, and nobody vouches for it", async (_, described) => {
  const { owner, identity } = await identified(KUBECONFIG, ARN, described);
  expect([owner, identity.isUnvouched]).toEqual([ARN, true]);
});

test("asks EKS for the cluster that a written ARN names, else for the configuration's, and for none where text is written", async () => {
  const asked: string[] = [];
  const describe = async (cluster: string): Promise<Described> => {
    asked.push(cluster);
    return HERE;
  };
  const document = { cluster: "the-context", part: "" };
  await identify({ ...document, owner: ARN }, UID, KUBECONFIG, describe);
  await identify(document, UID, KUBECONFIG, describe);
  await identify({ ...document, owner: "mine" }, UID, KUBECONFIG, describe);
  await identify(document, UID, EKS, describe);
  expect(asked).toEqual(["prod", "the-context"]);
});

test("a part is a part of the owner on instances, and not of the owner in the tags of services", async () => {
  const whose = await identify({ cluster: "prod", part: "shop" }, UID, EKS, async () => DENIED);
  expect(whose).toMatchObject({ owner: `${ARN}/shop`, tagOwner: ARN });
});

test("says how the cluster was reached: only EKS tells that its ARN is this cluster's, and that it may be empty", async () => {
  expect((await identified({ ...EKS, mayBeEmpty: true }, undefined, DENIED)).identity).toEqual({
    cluster: UID,
    arn: ARN,
    mayBeEmpty: true,
  });
  expect((await identified(KUBECONFIG, ARN, { ...HERE, mayBeEmpty: true })).identity).toEqual({
    cluster: UID,
    arn: undefined,
    mayBeEmpty: false,
  });
});

function identified(reached: Reached, owner: string | undefined, described: Described) {
  return identify({ cluster: "prod", owner, part: "" }, UID, reached, async () => described);
}
