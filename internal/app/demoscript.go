package app

import (
	"time"

	"tocsin/internal/ticket"
)

// demoVerb is what happens in one step of a script.
type demoVerb string

// What detectors do, then what people do.
const (
	doAgain   demoVerb = "again"   // the detector says it again, with news
	doLook    demoVerb = "look"    // the detector says it again, without news
	doRepeat  demoVerb = "repeat"  // the queue delivers the same message again
	doGone    demoVerb = "gone"    // the detector says that it is over
	doBack    demoVerb = "back"    // what was over is there again
	doPromote demoVerb = "promote" // open a ticket by hand
	doAck     demoVerb = "ack"
	doTake    demoVerb = "take"
	doNote    demoVerb = "note"
	doMark    demoVerb = "mark" // a note for the short story
	doMove    demoVerb = "move"
	doClose   demoVerb = "close"
	doReopen  demoVerb = "reopen"
	doTag     demoVerb = "tag"
	doLink    demoVerb = "link"
	doDismiss demoVerb = "dismiss"
)

func (v demoVerb) byDetector() bool {
	return v == doAgain || v == doLook || v == doRepeat || v == doGone || v == doBack
}

// demoVoice is who does a step.
type demoVoice int

const (
	voiceOwner demoVoice = iota // who has the ticket, or whoever is there while nobody has
	voiceLead                   // the lead of the shift
	voiceMate                   // somebody else who is there
)

// demoStep is one step of a script.
type demoStep struct {
	do    demoVerb
	after time.Duration // since the step before, on a quiet weekday
	until time.Duration // not before this long before the end of the story; 0 for no limit
	on    string        // key of the case it is about; "" for the script's own
	voice demoVoice
	text  string
	to    ticket.Phase
	as    ticket.Resolution
	other string // key of the case to link to
	tags  []string
	score float64 // new severity of the detector, 0 for none
}

// demoScript is what is done about one finding, in order. Each method adds a
// step some minutes after the one before.
type demoScript struct {
	steps []demoStep
	on    string
	voice demoVoice
	until time.Duration
}

// play begins a script.
func play() demoScript { return demoScript{} }

func (s demoScript) add(after float64, step demoStep) demoScript {
	step.after, step.on, step.voice, step.until = minutes(after), s.on, s.voice, s.until
	steps := make([]demoStep, len(s.steps), len(s.steps)+1)
	copy(steps, s.steps)
	return demoScript{steps: append(steps, step), on: s.on}
}

// about turns to the ticket of another case; "" turns back.
func (s demoScript) about(key string) demoScript { s.on = key; return s }

// byLead and byMate say who does the next step.
func (s demoScript) byLead() demoScript { s.voice = voiceLead; return s }
func (s demoScript) byMate() demoScript { s.voice = voiceMate; return s }

// wait holds the next step until so many days before the end.
func (s demoScript) wait(before float64) demoScript { s.until = days(before); return s }

func (s demoScript) again(after float64) demoScript  { return s.add(after, demoStep{do: doAgain}) }
func (s demoScript) look(after float64) demoScript   { return s.add(after, demoStep{do: doLook}) }
func (s demoScript) repeat(after float64) demoScript { return s.add(after, demoStep{do: doRepeat}) }
func (s demoScript) gone(after float64) demoScript   { return s.add(after, demoStep{do: doGone}) }
func (s demoScript) back(after float64) demoScript   { return s.add(after, demoStep{do: doBack}) }

func (s demoScript) worse(after, score float64) demoScript {
	return s.add(after, demoStep{do: doAgain, score: score})
}

func (s demoScript) promote(after float64, reason string) demoScript {
	return s.add(after, demoStep{do: doPromote, text: reason})
}

func (s demoScript) ack(after float64) demoScript  { return s.add(after, demoStep{do: doAck}) }
func (s demoScript) take(after float64) demoScript { return s.add(after, demoStep{do: doTake}) }

func (s demoScript) note(after float64, text string) demoScript {
	return s.add(after, demoStep{do: doNote, text: text})
}

func (s demoScript) mark(after float64, text string) demoScript {
	return s.add(after, demoStep{do: doMark, text: text})
}

// move goes to a phase; going back and leaving phases out need a reason.
func (s demoScript) move(after float64, to ticket.Phase, reason string) demoScript {
	return s.add(after, demoStep{do: doMove, to: to, text: reason})
}

func (s demoScript) close(after float64, as ticket.Resolution, reason string) demoScript {
	return s.add(after, demoStep{do: doClose, as: as, text: reason})
}

func (s demoScript) reopen(after float64, reason string) demoScript {
	return s.add(after, demoStep{do: doReopen, text: reason})
}

func (s demoScript) tag(after float64, tags ...string) demoScript {
	return s.add(after, demoStep{do: doTag, tags: tags})
}

func (s demoScript) link(after float64, other string) demoScript {
	return s.add(after, demoStep{do: doLink, other: other})
}

// worked goes through every phase up to recovery, with what was found, what
// was done at once, and what was done about the cause.
func (s demoScript) worked(found, contained, repaired string) demoScript {
	return s.move(4, ticket.Analysis, "").note(17, found).
		move(6, ticket.Containment, "").note(9, contained).
		move(14, ticket.Eradication, "").note(35, repaired).
		move(6, ticket.Recovery, "")
}
