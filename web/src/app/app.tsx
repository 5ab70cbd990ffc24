import { RouterProvider } from "@tanstack/react-router";
import { Providers } from "./providers";
import { router } from "./router";
import "@/ui/tokens.css";
import "@/ui/base.css";

export function App() {
  return (
    <Providers>
      <RouterProvider router={router} />
    </Providers>
  );
}
