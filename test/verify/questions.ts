import { CreateServiceCommand, DeleteServiceCommand } from "@aws-sdk/client-servicediscovery";
import { askDelay, askHealth, discover, FINE, IPV4, shapeOf, tryRegister } from "./ask.ts";
import type { Question } from "./ask.ts";
import { measureRate } from "./rate.ts";
import type { Ended } from "./stage.ts";
import { askWriteRights } from "./write-rights.ts";

/** More than one answer of DNS and one page of the API hold. */
const MANY = 101;

export const QUESTIONS: readonly Question[] = [
  {
    id: "operations-http",
    assumption: "an operation in an HTTP namespace ends within a second",
    where: "http",
    ask: (stage) => askDelay(stage, []),
  },
  {
    id: "operations-dns",
    assumption: "an operation in a DNS namespace ends within a minute, the time that Route 53 may take",
    where: "dns",
    ask: (stage) => askDelay(stage, ["A"]),
  },
  {
    id: "pending-visible",
    assumption: "ListInstances may or may not show a write that still runs: confirmations are read either way",
    where: "http",
    ask: async (stage) => {
      const service = await stage.createService([]);
      const operation = await stage.send(service, "a", IPV4);
      const early = await stage.list(service);
      const { after } = await stage.ended(operation);
      const writesShow = early.length > 0 ? "accepted" : "completed";
      const seen = `${early.length > 0 ? "shown" : "not shown"} right after the call; the operation ended ${after} ms later`;
      return { seen, consequence: FINE, settings: { switches: { writesShow } } };
    },
  },
  {
    id: "attributes-replace",
    assumption: "a second RegisterInstance replaces all attributes",
    where: "http",
    ask: async (stage) => {
      const service = await stage.createService([]);
      await stage.register(service, "a", { ...IPV4, old: "yes", version: "1" });
      await stage.register(service, "a", { ...IPV4, version: "2" });
      const [instance] = await stage.list(service);
      const isMerged = instance?.Attributes?.["old"] !== undefined;
      return {
        seen: isMerged ? "the old ones stay" : "only the new ones are left",
        consequence: isMerged ? "labels that were taken away stay: deregister first" : FINE,
      };
    },
  },
  {
    id: "health-reset",
    assumption: "a second RegisterInstance may reset custom health: it carries the health that is meant",
    where: "http",
    ask: askHealth,
  },
  {
    id: "empty-values",
    assumption: "attributes with an empty value may be refused: they are left out then",
    where: "http",
    ask: async (stage) => {
      const refusal = await tryRegister(stage, await stage.createService([]), "a", { ...IPV4, empty: "" });
      const emptyValues = refusal === undefined ? "accepted" : "refused";
      return { seen: refusal ?? "accepted", consequence: FINE, settings: { switches: { emptyValues } } };
    },
  },
  {
    id: "init-health",
    assumption: "AWS_INIT_HEALTH_STATUS may come back among the attributes: it is never compared",
    where: "http",
    ask: async (stage) => {
      const attributes = { ...IPV4, AWS_INIT_HEALTH_STATUS: "UNHEALTHY" };
      const checked = await stage.createService([], { hasHealth: true });
      await stage.register(checked, "a", attributes);
      const [instance] = await stage.list(checked);
      const isReturned = instance?.Attributes?.["AWS_INIT_HEALTH_STATUS"] !== undefined;
      const refusal = await tryRegister(stage, await stage.createService([]), "a", attributes);
      return {
        seen: `${isReturned ? "returned" : "hidden"}; without a check ${refusal ?? "accepted"}`,
        consequence: FINE,
        settings: {
          switches: {
            initHealth: isReturned ? "returned" : "hidden",
            initHealthWithoutCheck: refusal === undefined ? "accepted" : "refused",
          },
        },
      };
    },
  },
  {
    id: "default-health-filter",
    assumption: "DiscoverInstances without a filter finds unhealthy instances where no healthy one is left",
    where: "http",
    ask: async (stage) => {
      const service = await stage.createService([], { hasHealth: true });
      await stage.register(service, "a", { ...IPV4, AWS_INIT_HEALTH_STATUS: "UNHEALTHY" });
      await stage.register(service, "b", { AWS_INSTANCE_IPV4: "10.0.0.2" });
      const both = await discover(stage, service);
      const defaultHealthFilter = both === 2 ? "ALL" : "HEALTHY_OR_ELSE_ALL";
      return {
        seen: `${both} of a healthy and an unhealthy one`,
        consequence: FINE,
        settings: { switches: { defaultHealthFilter } },
      };
    },
  },
  {
    id: "one-family",
    assumption:
      "a service with A and AAAA records may refuse an instance of one family: it is tried, and held with AWS's words",
    where: "dns",
    ask: async (stage) => {
      const refusal = await tryRegister(stage, await stage.createService(["A", "AAAA"]), "a", IPV4);
      const oneFamily = refusal === undefined ? "accepted" : "refused";
      return { seen: refusal ?? "accepted", consequence: FINE, settings: { switches: { oneFamily } } };
    },
  },
  {
    id: "colon-ids",
    assumption: "ids may hold colons where they become no host name; in services with SRV records they have none",
    where: "dns",
    ask: async (stage) => {
      const attributes = { ...IPV4, AWS_INSTANCE_PORT: "8080" };
      const plain = await tryRegister(stage, await stage.createService(["A"]), "10.0.0.1:8080", attributes);
      const srv = await tryRegister(stage, await stage.createService(["SRV"]), "10.0.0.1:8080", attributes);
      return {
        seen: `A: ${plain ?? "accepted"}; SRV: ${srv ?? "accepted"}`,
        consequence: plain === undefined ? FINE : "`id: ip-port` cannot be used with A records",
      };
    },
  },
  {
    id: "many-records",
    assumption: `a service takes more than 100 records of its name`,
    where: "dns",
    ask: async (stage) => {
      const service = await stage.createService(["A"]);
      const operations: string[] = [];
      for (let n = 1; n <= MANY; n++)
        operations.push(await stage.send(service, `i${n}`, { AWS_INSTANCE_IPV4: `10.0.1.${n}` }));
      const ends: Ended[] = [];
      for (const operation of operations) ends.push(await stage.ended(operation));
      const failed = ends.filter(({ status }) => status !== "SUCCESS");
      return {
        seen: failed.length === 0 ? `${MANY} of ${MANY}` : `${failed.length} of ${MANY} failed: ${failed[0]?.cause}`,
        consequence: failed.length === 0 ? FINE : "a DNS service holds fewer instances than the quota says",
      };
    },
  },
  {
    id: "deleted-service",
    assumption:
      "a write to a service that was deleted a moment ago is refused, or accepted and fails: both are told alike",
    where: "http",
    ask: async (stage) => {
      const service = await stage.createService([]);
      await stage.client.send(new DeleteServiceCommand({ Id: service.id }), { abortSignal: stage.signal });
      const sent = await stage.send(service, "a", IPV4).catch((error: unknown) => {
        stage.signal.throwIfAborted();
        return { refusal: shapeOf(error) };
      });
      const isAccepted = typeof sent === "string";
      const { status, cause } = isAccepted ? await stage.ended(sent) : { status: "", cause: "" };
      const seen = isAccepted ? `accepted; operation ${status}: ${cause}` : sent.refusal;
      const isAssumed = isAccepted ? status === "FAIL" : seen.startsWith("ServiceNotFound");
      return {
        seen,
        consequence: isAssumed ? FINE : "what is written to a deleted service counts as registered",
        settings: { switches: { deletedService: isAccepted ? "accepted" : "refused" } },
      };
    },
  },
  {
    id: "duplicate-request",
    assumption:
      "a write on an instance that has one under way is DuplicateRequest, with HTTP 400 and the operation's id",
    where: "dns",
    ask: async (stage) => {
      const service = await stage.createService(["A"]);
      const first = await stage.send(service, "a", IPV4);
      const seen = await stage.send(service, "a", { ...IPV4, version: "2" }).then(
        () => "accepted",
        (error: unknown) => shapeOf(error),
      );
      await stage.ended(first);
      const isAssumed = seen === "accepted" || seen === "DuplicateRequest, HTTP 400, with DuplicateOperationId";
      return { seen, consequence: isAssumed ? FINE : "writes that meet another one are failures" };
    },
  },
  {
    id: "rights",
    assumption: "a call that lacks a right is AccessDeniedException, and its sentence names the right",
    where: "http",
    ask: async ({ less, namespace, signal }) => {
      if (less === undefined)
        return { seen: "not asked: --less-profile names no identity with fewer rights", consequence: "open" };
      const Tags = [{ Key: "eks-cloudmap-sync-verify", Value: "yes" }];
      const command = new CreateServiceCommand({ Name: "verify-less", NamespaceId: namespace.id, Tags });
      const seen = await less.send(command, { abortSignal: signal }).then(
        () => "allowed",
        (error: unknown) => `${shapeOf(error)}: ${error instanceof Error ? error.message : ""}`,
      );
      const isAssumed = /^AccessDeniedException.*not authorized to perform: servicediscovery:\w+/.test(seen);
      return { seen, consequence: isAssumed ? FINE : "the remedy names the call, not the right" };
    },
  },
  {
    id: "write-rights",
    assumption:
      "rights come first: a write that cannot be carried out tells whether it would be allowed, and changes nothing",
    where: "http",
    ask: askWriteRights,
  },
  {
    id: "rates",
    assumption: "RegisterInstance takes 50 a second after a burst of 100, ListInstances 40 after 400",
    where: "http",
    ask: measureRate,
  },
];
