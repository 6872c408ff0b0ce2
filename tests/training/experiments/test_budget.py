from training.experiments.budget import Budget


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_no_limit_never_ends():
    clock = Clock()
    budget = Budget(None, clock)
    clock.now += 1e9
    assert budget.allows_another()


def test_a_trial_is_begun_only_if_one_like_the_others_would_end_in_time():
    clock = Clock()
    budget = Budget(1.0, clock)
    assert budget.allows_another()
    clock.now += 25
    budget.note(25)
    assert budget.allows_another()
    clock.now += 15
    budget.note(15)
    assert budget.seconds_left == 20
    assert not budget.allows_another()


def test_no_time_at_all_begins_nothing():
    assert not Budget(0.0, Clock()).allows_another()
