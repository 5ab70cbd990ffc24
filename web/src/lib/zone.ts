import { createContext, useContext } from "react";
import { browserZone } from "./time";

const ZoneContext = createContext(browserZone());

/** Gives everything below it the time zone of the person signed in. */
export const ZoneProvider = ZoneContext.Provider;

/** The time zone local times are shown in. */
export function useZone(): string {
  return useContext(ZoneContext);
}
