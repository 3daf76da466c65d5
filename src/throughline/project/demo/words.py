"""What the people of the sample program write when they sign, ask and decide."""

REASONS = {
    "need.stated_in_business_words": "The problem statement has no word of models in it; finance confirmed the cost.",
    "spec.minimum_performance_agreed": "Below this figure we would rather go on as today.",
    "spec.assumptions_written": "Five assumptions listed, each with how the prototype will test it.",
    "risk.first_risks_written": "Seven risks with owners; late output is the worst of them.",
    "privacy.personal_data_declared": "Declared in the register; the privacy reviewer knows that it is coming.",
    "planning.time_box_set": "Twelve weeks, and the result below which we stop is written down.",
    "planning.teams_identified": "Spoke with platform and support; both have it in their plan.",
    "evaluation.baseline_beaten": "Beats the baseline on every week of the test period.",
    "review.peer_held": "Held with two colleagues; nine findings, seven closed, two accepted.",
    "data.volume_and_lineage_known": "Three years of history, 41 million rows; the path is drawn.",
    "evaluation.metrics_tied_to_criteria": "Each criterion has a metric beside it and a sentence on why.",
    "evaluation.target_reached_by_slice": "Reached in all regions; small stores are closest to the limit.",
    "evaluation.simpler_model_compared": "A linear model loses a quarter of the gain; worth its keep.",
    "evaluation.hypotheses_kept": "Seventeen runs kept with what each was to show.",
    "risk.risks_reviewed": "Reviewed in the project review; two risks closed, one new.",
    "support.plan_agreed": "On call by the platform rota; an answer in thirty minutes, the planners are told first.",
    "automation.runs_untouched": "Ran five nights without a hand on it.",
    "fairness.review_done": "Compared by region and store size; differences are within what was agreed.",
    "support.fallback_tried": "Switched to last week's output on Thursday and back; eleven minutes.",
    "monitoring.monitors_in_place": "Data, drift, quality and cost each have a monitor and a threshold.",
    "monitoring.ground_truth_planned": "The truth arrives with the sales of the day; compared weekly.",
    "documentation.consumer_page_complete": "The page says what it is for, what not, and whom to ask.",
    "validation.live_test_planned": "Four weeks in twenty stores against twenty others; the rule is written.",
    "platform.latency_and_load_tried": "Twice the peak load answered within 120 milliseconds at the 99th percentile.",
    "platform.batch_fits_its_window": "Forty minutes on the largest expected data; the window is two hours.",
    "update.compared_with_running": "Better on eleven of twelve weeks, never worse by more than one per cent.",
    "update.change_announced": "Told both consumers; no change of schema.",
    "operation.schedule_and_sla_agreed": "By six in the morning, late at most twice a quarter.",
    "operation.first_runs_on_time": "All first runs on time, see the list.",
    "operation.alerts_reach_someone": "Raised one on purpose at night; answered after nine minutes.",
    "stakeholders.told_of_start": "Told by mail and in the weekly call, with limits and contact.",
    "rollout.trial_finished": "The trial is over and the rule was met with room to spare.",
    "rollout.rollback_possible": "The old plan still runs beside it; going back takes an hour.",
    "review.next_date_set": "Reviewed each quarter; a change of supplier brings it forward.",
    "farewell.reason_given": "Another model does this better, and the cost is not worth it any more.",
    "farewell.consumers_asked": "All consumers asked; one needs another month.",
    "farewell.way_forward_named": "The successor covers it, from the first of the month.",
    "farewell.switch_off_date_set": "The date is set with the whole notice period before it.",
    "farewell.notice_sent": "Sent to all consumers; every one acknowledged.",
    "farewell.downstream_found": "Two reports and one job read it; their owners are told.",
    "farewell.new_consumers_barred": "Access is closed for newcomers.",
    "farewell.consumers_moved": "Nobody has read the output for three weeks.",
    "farewell.everything_off": "Jobs, endpoint, keys and alerts are off; the last bill is attached.",
    "farewell.evidence_archived": "Archived for ten years.",
    "learning.lessons_recorded": "It brought two thirds of what was promised; the mailing was the weak part.",
    "farewell.gap_justified": "Four days without it are accepted.",
    "farewell.providers_told": "Contracts closed, providers told.",
    "farewell.legal_hold_checked": "Legal confirms that nothing stands against it.",
    "stakeholders.told_of_new_dates": "Told, with the new date.",
    "stakeholders.told_of_pause": "Told that it rests and when we look again.",
    "operation.users_have_a_fallback": "The retention team works with last month's list.",
    "pause.cause_settled": "The feed is repaired and watched.",
    "stakeholders.told_of_stop": "Told in person; the reasons were understood.",
    "learning.stop_explained": "The assumption on data quality failed; a better source would change that.",
}
ANY_REASON = "Looked at it with those concerned; it is as it should be."
GO_REASONS = (
    "The need is clear, the data is there, and a small version is useful by itself.",
    "Worth a prototype: the gain is large and the stakeholder gives us two people's time.",
    "Feasible with what we have; the risk is in the data, and the prototype will show it.",
)
APPROVALS = (
    "The figures hold, and the team is ready.",
    "Agreed. Keep an eye on the smaller stores.",
    "Yes. The open points are small and have owners.",
    "Approved as discussed in the review.",
)
GRANTED, NOT_GRANTED = "Acceptable until then.", "Not without it: this is what failed last time."
LINK = "https://wiki.example.com/{model}/{check}"


def reason_for(check_id: str) -> str:
    return REASONS.get(check_id, ANY_REASON)
