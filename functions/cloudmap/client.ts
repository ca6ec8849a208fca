import { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";

/** How long one call may take before it is sent again, in milliseconds. */
const REQUEST_TIMEOUT = 10_000;
const CONNECTION_TIMEOUT = 3_000;

/** A client for `createRegistry`, which has retries of its own: with the SDK's they would multiply. Undefined: the SDK decides. */
export function createServiceDiscoveryClient(where: {
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
}): ServiceDiscoveryClient {
  return new ServiceDiscoveryClient({
    maxAttempts: 1,
    requestHandler: {
      requestTimeout: REQUEST_TIMEOUT,
      throwOnRequestTimeout: true,
      connectionTimeout: CONNECTION_TIMEOUT,
    },
    ...(where.region === undefined ? {} : { region: where.region }),
    // DiscoverInstances would otherwise go to a host `data-…`, which an endpoint of somebody's own does not have.
    ...(where.endpoint === undefined ? {} : { endpoint: where.endpoint, disableHostPrefix: true }),
  });
}
