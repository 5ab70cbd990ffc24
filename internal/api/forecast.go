package api

import (
	"context"

	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/ticket"
)

func (s *Server) registerForecast() {
	handle(s, post("preview-connection", "/connections/{id}/preview", may(identity.ConnectionManage),
		"What its detectors hold, and which tickets the rules would open for it; nothing is kept"), s.forecast)
}

type forecastInput struct {
	ByID
	Body struct {
		Days int `json:"days,omitempty" minimum:"0" maximum:"90" doc:"How far back to look; 0 is as far as the first comparison will"`
	} `nameHint:"ConnectionPreviewAsk"`
}

type forecastOutput struct {
	Body ticket.Forecast
}

func (s *Server) forecast(ctx context.Context, in *forecastInput) (*forecastOutput, error) {
	if s.deps.Forecast == nil {
		return nil, fault.New(fault.Unavailable, "This server cannot look at what a connection holds.")
	}
	out, err := s.deps.Forecast(ctx, in.ID, in.Body.Days)
	return &forecastOutput{out}, err
}
