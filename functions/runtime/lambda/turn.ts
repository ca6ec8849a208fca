import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { messageOf } from "../../core/errors.ts";

/** How long a turn lasts that nobody renews, and how often it is renewed, in milliseconds: a process that dies blocks no longer. */
const LASTS = 75_000;
const RENEWAL = 30_000;
/** What the parameter says where nobody's turn is. */
const FREE = "free";

/** Lets the passes of one schedule follow each other: AWS starts the next whether or not the last has ended. */
export type Turn = {
  /** Does the work, unless another process is at it; then undefined. */
  readonly take: <T>(work: () => Promise<T>) => Promise<T | undefined>;
};

/**
 * A turn that is written down in an SSM parameter, as the time until which it is taken. Passes may overlap without harm, they only
 * cost more: so what cannot be read or written stops nothing, and two that begin in the same moment both work.
 */
export function createTurn(client: SSMClient, parameter: string, warn: (problem: string) => void): Turn {
  const write = async (Value: string) => {
    try {
      await client.send(new PutParameterCommand({ Name: parameter, Value, Overwrite: true }));
    } catch (error) {
      warn(`the turn could not be written to the SSM parameter ${parameter}: ${messageOf(error)}; passes may overlap`);
    }
  };
  const extend = () => write(new Date(Date.now() + LASTS).toISOString());
  const isTaken = async () => {
    try {
      const { Parameter } = await client.send(new GetParameterCommand({ Name: parameter }));
      return Date.parse(Parameter?.Value ?? FREE) > Date.now();
    } catch (error) {
      warn(`the turn could not be read from the SSM parameter ${parameter}: ${messageOf(error)}; passes may overlap`);
      return false;
    }
  };
  return {
    take: async (work) => {
      if (await isTaken()) return undefined;
      await extend();
      const renewal = setInterval(() => void extend(), RENEWAL);
      try {
        return await work();
      } finally {
        clearInterval(renewal);
        await write(FREE);
      }
    },
  };
}
