import type { Attributes, Mapping, Pod } from "./model.ts";

/** A desired address, derived from a pod or from a load balancer. */
export type Endpoint = {
  readonly id: string;
  readonly pod: Pod;
  readonly ready: boolean;
  /** Whether it will be ready within seconds: it stays where it is registered, and is not registered before. */
  readonly returning: boolean;
  readonly mapping: Mapping;
  readonly core: Attributes;
  /** The addresses under which it is found. */
  readonly addresses: readonly string[];
  /** Keys that cannot be known now: carried over from the observed instance. */
  readonly unknown: readonly string[];
};
