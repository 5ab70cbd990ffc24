import { Link } from "@tanstack/react-router";
import { $api } from "@/api/client";
import { useCan } from "@/api/session";
import { Banner } from "@/ui/states";

const LOOK_EVERY = 60_000;

/** For administrators: the worst thing that is wrong with the installation itself, and what mends it. */
export default function HealthBanner() {
  const can = useCan();
  const health = $api.useQuery("get", "/health", {}, { refetchInterval: LOOK_EVERY, retry: false });
  const notices = health.data?.notices ?? [];
  const [worst, ...rest] = notices;
  if (!worst) return null;
  return (
    <div data-health={worst.key} role="status">
      <Banner tone={worst.state === "fail" ? "danger" : "warn"}>
        <strong>
          <span aria-hidden="true">▲ </span>
          {worst.text}
        </strong>{" "}
        {worst.do} {rest.length > 0 && `And ${rest.length} more: tocsin doctor says all.`} {can("retention.manage") && worst.key.startsWith("disk") && <Link to="/retention">Retention</Link>}
      </Banner>
    </div>
  );
}
