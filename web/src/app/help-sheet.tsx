import { Fragment } from "react";
import { useAllActions, waysOf } from "@/lib/actions";
import { useStored } from "@/lib/stored";
import { Dialog } from "@/ui/dialog";
import { Checkbox } from "@/ui/field";
import { Kbd } from "@/ui/kbd";
import "./help-sheet.css";

/** The keys of the present screen, made from its actions, so that the sheet can't be out of date. */
export default function HelpSheet({ onClose }: { onClose: () => void }) {
  const actions = useAllActions().filter((action) => action.keys);
  const groups = [...new Set(actions.map((action) => action.group))];
  const [single, setSingle] = useStored("single-keys");
  return (
    <Dialog open onClose={onClose} title="Keys" wide>
      <div className="help-groups">
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {actions
                .filter((action) => action.group === group)
                .map((action) => (
                  <Fragment key={action.id}>
                    <dt>{action.label}</dt>
                    <dd>
                      {waysOf(action.keys).map((keys) => (
                        <span key={keys} className="help-way">
                          <Kbd keys={keys} />
                          <span className="visually-hidden">{keys.replaceAll("mod", "Control")}</span>
                        </span>
                      ))}
                    </dd>
                  </Fragment>
                ))}
            </dl>
          </section>
        ))}
      </div>
      <Checkbox
        label="Single keys are shortcuts"
        help="Switch this off if you speak to your computer or press keys by accident. Ctrl K still works."
        checked={single !== "off"}
        onChange={(event) => setSingle(event.target.checked ? null : "off")}
      />
    </Dialog>
  );
}
