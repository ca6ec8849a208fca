import { randomInt } from "node:crypto";
import { AwsJsonError } from "../aws-json.ts";
import type { Namespace, Service } from "./state.ts";
import type { CloudMapWorld } from "./world.ts";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

/** An ARN, and the order in which lists show it. `owner`: the account of the namespace. */
export function identify(world: CloudMapWorld, kind: "namespace" | "service", owner: string) {
  const id = `${kind === "namespace" ? "ns" : "srv"}-${randomText(16)}`;
  const arn = `arn:aws:servicediscovery:${world.region}:${owner}:${kind}/${id}`;
  return { id, arn, order: nextOrder(world), createdAt: world.now() };
}

export function nextOrder(world: CloudMapWorld): number {
  world.lastOrder += 1;
  return world.lastOrder;
}

export function randomText(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}

/** By id, or by ARN: one of another account is known by its ARN alone. */
export function findNamespace(world: CloudMapWorld, address: string): Namespace {
  const found = world.namespaces.get(idOf(address));
  if (found === undefined || !isAddress(world, address, found.arn, found.owner))
    throw new AwsJsonError("NamespaceNotFound", `Can't find a namespace with id ${address}`);
  return found;
}

export function findService(world: CloudMapWorld, address: string): Service {
  const found = world.services.get(idOf(address));
  if (found === undefined || !isAddress(world, address, found.arn, ownerOf(world, found)))
    throw new AwsJsonError("ServiceNotFound", `Can't find a service with id ${address}`);
  return found;
}

/** What a write is sent to: where it is accepted, a service that is not there any more is as good as one that is. */
export function findWritable(world: CloudMapWorld, address: string): Service {
  const deleted = world.options.switches.deletedService === "accepted" && world.deletedServices.get(idOf(address));
  return deleted || findService(world, address);
}

export function isAddress(world: CloudMapWorld, address: string, arn: string, owner: string): boolean {
  return address === arn || (address === idOf(arn) && owner === world.account);
}

export function namespaceOf(world: CloudMapWorld, { namespaceId }: Service): Namespace {
  const namespace = world.namespaces.get(namespaceId);
  // A namespace with services cannot be deleted.
  if (namespace === undefined) throw new Error(`no namespace ${namespaceId}`);
  return namespace;
}

export function ownerOf(world: CloudMapWorld, service: Service): string {
  return namespaceOf(world, service).owner;
}

export function servicesOf(world: CloudMapWorld, { id }: Namespace): readonly Service[] {
  return [...world.services.values()].filter(({ namespaceId }) => namespaceId === id);
}

function idOf(address: string): string {
  return address.slice(address.lastIndexOf("/") + 1);
}
