//! What is done to a tensor, so that all get what they want of it.

use std::rc::Rc;

use super::coding::Coding;
use super::wishes::{Action, ByCoding, User, Wish, Wishes, same};

/// A step of what is done to a tensor.
#[derive(Clone, Debug)]
pub struct Step {
    /// What.
    pub does: Does,
    /// Who reads the tensor that it leaves.
    pub users: Vec<User>,
    /// To what.
    pub coding: Option<Rc<Coding>>,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// A copy of the constant for these users.
    Copy,
    /// What an [`Action`] says.
    Act(Action),
}

/// What is known of a tensor.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Whether it is a constant.
    pub constant: bool,
    /// Whether the operator that makes it takes any parameters for it; not so where its kernel ties them to those of
    /// its inputs, and where no operator makes it.
    pub free: bool,
    /// Whether to do as the original does where it is wrong.
    pub compat: bool,
}

/// Users that want the same.
struct Group {
    users: Vec<User>,
    action: Action,
    coding: Option<Rc<Coding>>,
}

/// The steps for one tensor, in their order.
pub fn steps(wishes: &Wishes, facts: Facts) -> Vec<Step> {
    let compat = facts.compat;
    let act = |action, users: &[User], coding: &Option<Rc<Coding>>| Step {
        does: Does::Act(action),
        users: users.to_vec(),
        coding: coding.clone(),
    };
    if facts.constant && !agree(&wishes.consumers, compat) {
        return copies(wishes, compat);
    }
    let groups = groups(&wishes.consumers, compat);
    let mut steps = Vec::new();
    let Some(producer) = &wishes.producer else {
        let acts = groups
            .iter()
            .map(|group| act(group.action, &group.users, &group.coding));
        return acts.collect();
    };
    let integers = producer.action == Action::Dequantize;
    for group in &groups {
        match group.action {
            Action::Quantize if integers && same(producer.coding.as_ref(), group.coding.as_ref(), compat) => {
                steps.push(act(Action::Code, &group.users, &group.coding));
            }
            Action::Quantize if integers => {
                steps.push(act(Action::Code, &group.users, &producer.coding));
                steps.push(act(Action::Quantize, &group.users, &group.coding));
            }
            Action::Nothing if integers => {
                steps.push(act(Action::Dequantize, &group.users, &producer.coding));
            }
            Action::Rotate if integers => {
                steps.push(act(Action::Dequantize, &group.users, &producer.coding));
                steps.push(act(Action::Rotate, &group.users, &group.coding));
            }
            action => steps.push(act(action, &group.users, &group.coding)),
        }
    }
    if producer.action == Action::Rotate {
        let users: Vec<User> = wishes.consumers.iter().map(|wish| wish.user).collect();
        steps.insert(0, act(Action::Rotate, &users, &producer.coding));
    }
    // Nobody reads it. The original leaves it float, which its kernel does not make.
    if integers && groups.is_empty() && !compat {
        steps.push(act(Action::Code, &[], &producer.coding));
    }
    if let [first, second] = steps.as_mut_slice()
        && (first.does, second.does) == (Does::Act(Action::Code), Does::Act(Action::Quantize))
        && first.users == second.users
        && facts.free
        && alike(first, second)
    {
        // The operator makes what is wanted at once.
        first.coding = second.coding.take();
        steps.pop();
    }
    steps
}

/// Whether two codings differ in scale and zero point alone.
fn alike(a: &Step, b: &Step) -> bool {
    match (a.coding.as_deref(), b.coding.as_deref()) {
        (Some(Coding::Uniform(a)), Some(Coding::Uniform(b))) => {
            (a.bits, a.signed, a.symmetric, a.axis) == (b.bits, b.signed, b.symmetric, b.axis)
        }
        _ => false,
    }
}

/// Whether one tensor serves all users.
fn agree(consumers: &[Wish], compat: bool) -> bool {
    let Some((first, others)) = consumers.split_first() else {
        return true;
    };
    let float = |action| matches!(action, Action::Nothing | Action::Quantize | Action::Rotate);
    others.iter().all(|other| {
        let same = same(other.coding.as_ref(), first.coding.as_ref(), compat);
        match (float(first.action), float(other.action)) {
            (true, true) => true,
            (false, false) => same,
            _ => false,
        }
    })
}

/// Users by what they want, in the order in which it is first wanted. Rotations are by one matrix.
fn groups(consumers: &[Wish], compat: bool) -> Vec<Group> {
    let mut groups: ByCoding<Group> = ByCoding::new(compat);
    let mut rotated: Option<usize> = None;
    for wish in consumers {
        let coding = wish.coding.as_ref();
        let turns = wish.action == Action::Rotate;
        if let Some(at) = rotated.filter(|_| turns) {
            groups.all[at].users.push(wish.user);
            continue;
        }
        let new = || Group {
            users: Vec::new(),
            action: wish.action,
            coding: wish.coding.clone(),
        };
        let group = groups.of(
            coding,
            |group| group.coding.as_ref(),
            |group| group.action == wish.action,
            new,
        );
        group.users.push(wish.user);
        if turns {
            rotated = Some(groups.all.len() - 1);
        }
    }
    groups.all
}

/// A copy of a constant for those that want the same of it; the last keep the constant.
fn copies(wishes: &Wishes, compat: bool) -> Vec<Step> {
    let groups = groups(&wishes.consumers, compat);
    let mut sets: ByCoding<(Vec<User>, Option<Rc<Coding>>)> = ByCoding::new(compat);
    for group in &groups {
        let coding = group.coding.as_ref();
        let new = || (Vec::new(), group.coding.clone());
        let (users, _) = sets.of(coding, |(_, coding)| coding.as_ref(), |_| true, new);
        users.extend(&group.users);
    }
    sets.all.pop();
    let copies = sets.all.into_iter().map(|(users, _)| Step {
        does: Does::Copy,
        users,
        coding: None,
    });
    let acts = groups.into_iter().map(|group| Step {
        does: Does::Act(group.action),
        users: group.users,
        coding: group.coding,
    });
    copies.chain(acts).collect()
}
