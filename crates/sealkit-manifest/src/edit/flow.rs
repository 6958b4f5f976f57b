//! Flow style: collections in braces and brackets, in YAML and in JSON, on one line or on many.

use zeroize::Zeroizing;

use crate::edit::draft::{Child, Content};
use crate::edit::error::EditError;
use crate::edit::fresh;
use crate::edit::render::{Renderer, Text, reprefix};
use crate::read::{self, Typed};
use crate::scalar::{self, Context};
use crate::source::Span;
use crate::tree::{NodeId, Shape, Slot, Style};

/// The text between the elements of a collection in braces.
struct Seams<'a> {
    /// Behind the opening brace, between elements, in front of the closing brace; one more than there are elements.
    between: Vec<&'a str>,
}

impl<'a> Seams<'a> {
    /// The part of a seam that belongs to the element in front of it: the comment on the same line.
    fn after(&self, at: usize) -> Text {
        let first = self.between[at].split('\n').next().unwrap_or_default();
        let first = Zeroizing::new(without_comma(first));
        let comment = first.trim();
        Zeroizing::new(if comment.is_empty() {
            String::new()
        } else {
            format!(" {comment}")
        })
    }

    /// The part that belongs to the element behind it: line breaks, comments on lines of their own, indentation.
    fn before(&self, at: usize) -> Option<Text> {
        let seam = self.between[at];
        let newline = seam.find('\n')?;
        let start = if newline > 0 && seam.as_bytes()[newline - 1] == b'\r' {
            newline - 1
        } else {
            newline
        };
        Some(Zeroizing::new(without_comma(&seam[start..])))
    }
}

/// The seam without its comma; commas inside comments stay.
fn without_comma(seam: &str) -> String {
    let mut in_comment = false;
    let mut found = false;
    let keep = |c: char| {
        match c {
            '#' => in_comment = true,
            '\n' => in_comment = false,
            ',' if !in_comment && !found => {
                found = true;
                return false;
            }
            _ => {}
        }
        true
    };
    seam.chars()
        .filter({
            let mut keep = keep;
            move |c| keep(*c)
        })
        .collect()
}

impl Renderer<'_> {
    /// A collection in braces in its place: its text from brace to brace.
    pub(crate) fn flow(&self, id: NodeId) -> Text {
        let text = self.geometry.text;
        let span = self.geometry.tree.node(id).span;
        let elements = self.elements(id);
        let living: Vec<Child> = self
            .draft
            .children(id)
            .into_iter()
            .filter(|child| !matches!(child, Child::Gone(..)))
            .collect();
        if living.is_empty() || elements.is_empty() {
            return self.fresh_flow(id, self.geometry.indentation(span.start));
        }
        let mut between = vec![&text[span.start + 1..elements[0].start]];
        between.extend(elements.windows(2).map(|pair| &text[pair[0].end..pair[1].start]));
        let last = elements[elements.len() - 1];
        between.push(&text[last.end..span.end - 1]);
        let seams = Seams { between };

        let lined = seams.between[0].contains('\n');
        let prefix = self.geometry.indentation(elements[0].start);
        let fresh_line = format!("{}{prefix}", self.house.newline);
        let mut out = Zeroizing::new(text[span.start..=span.start].to_owned());
        let mut previous: Option<Child> = None;
        for child in &living {
            let seam = self.seam(&seams, previous, Some(*child), lined, &fresh_line);
            out.push_str(&seam);
            match child {
                Child::Original(at, node) => out.push_str(&self.flow_original(*node, elements[*at])),
                Child::New(node) | Child::Gone(_, node) => out.push_str(&self.flow_new(*node, prefix, id)),
            }
            previous = Some(*child);
        }
        out.push_str(&self.seam(&seams, previous, None, lined, &fresh_line));
        out.push_str(&text[span.end - 1..span.end]);
        out
    }

    /// The text between two elements that now stand side by side.
    fn seam(
        &self,
        seams: &Seams<'_>,
        previous: Option<Child>,
        next: Option<Child>,
        lined: bool,
        fresh_line: &str,
    ) -> Text {
        let count = seams.between.len() - 1;
        let verbatim = match (previous, next) {
            (None, Some(Child::Original(0, _))) => Some(0),
            (Some(Child::Original(a, _)), Some(Child::Original(b, _))) if a + 1 == b => Some(b),
            (Some(Child::Original(a, _)), None) if a + 1 == count => Some(count),
            _ => None,
        };
        if let Some(at) = verbatim {
            return Zeroizing::new(seams.between[at].to_owned());
        }
        let mut out = Text::default();
        match previous {
            None => out.push_str(&seams.after(0)),
            Some(Child::Original(at, _)) => {
                if next.is_some() {
                    out.push(',');
                }
                out.push_str(&seams.after(at + 1));
            }
            Some(_) if next.is_some() => out.push(','),
            Some(_) => {}
        }
        let commented = out.contains('#');
        let before = match next {
            Some(Child::Original(at, _)) => seams.before(at),
            None => seams.before(count),
            Some(_) => None,
        };
        match (before, next) {
            (Some(before), _) => out.push_str(&before),
            (None, Some(_)) if lined || commented => out.push_str(fresh_line),
            (None, None) if commented => out.push_str(fresh_line),
            (None, None) => out.push_str(&blanks_only(seams.between[count])),
            (None, Some(_)) if previous.is_none() => out.push_str(&blanks_only(seams.between[0])),
            (None, Some(_)) if self.house.spaced => out.push(' '),
            (None, Some(_)) => {}
        }
        out
    }

    /// An element in its place, with whatever changed in it.
    fn flow_original(&self, id: NodeId, span: Span) -> Text {
        if !self.draft.is_dirty(id) && self.draft.new_key(id).is_none() {
            return Zeroizing::new(self.geometry.slice(span).to_owned());
        }
        self.flow_entry(id)
    }

    /// An entry or item of an original collection in braces.
    fn flow_entry(&self, id: NodeId) -> Text {
        let text = self.geometry.text;
        let Some(pair) = self.draft.pair(id) else {
            return self.flow_value(id);
        };
        let key = self.geometry.tree.node(pair.key).outer();
        let mut out = match self.draft.new_key(id) {
            Some(new) => fresh::key(new, self.flow_context()),
            None => Zeroizing::new(text[pair.start..key.end].to_owned()),
        };
        let value = self.geometry.tree.node(id);
        match pair.colon {
            Some(colon) => {
                out.push_str(&text[key.end..=colon]);
                let gap = text.get(colon + 1..value.outer_start()).unwrap_or_default();
                let left_out = value.is_left_out() && value.props.is_none();
                out.push_str(if left_out { " " } else { gap });
            }
            None => out.push_str(": "),
        }
        out.push_str(&self.flow_value(id));
        out
    }

    /// An element that comes from elsewhere, its lines indented by `prefix`.
    fn flow_new(&self, id: NodeId, prefix: &str, collection: NodeId) -> Text {
        let mapping = self.draft.is_mapping(collection) != Some(false);
        let mut out = Text::default();
        if self.draft.is_original(id) {
            let node = self.geometry.tree.node(id);
            if self.geometry.tree.node(node.parent).style != Style::Block {
                let start = self.draft.pair(id).map_or(node.outer_start(), |pair| pair.start);
                return reprefix(&self.flow_entry(id), self.geometry.indentation(start), prefix);
            }
            self.refuse_comments(id);
        }
        if mapping {
            out.push_str(&self.key_text(id, self.flow_context()));
            out.push_str(if self.house.spaced || !self.house.json {
                ": "
            } else {
                ":"
            });
        }
        if self.draft.is_original(id) {
            out.push_str(&self.flattened(id));
        } else {
            out.push_str(&self.fresh_flow(id, prefix));
        }
        out
    }

    /// A value in braces with its properties, at its old indentation.
    pub(crate) fn flow_value(&self, id: NodeId) -> Text {
        let node = self.geometry.tree.node(id);
        if !self.draft.is_dirty(id) {
            return Zeroizing::new(self.geometry.slice(node.outer()).to_owned());
        }
        let mut out = Text::default();
        match self.draft.content(id) {
            Content::Kept if node.style == Style::Flow => {
                out.push_str(&self.geometry.text[node.outer_start()..node.span.start]);
                out.push_str(&self.flow(id));
            }
            Content::Kept => out.push_str(&self.flattened(id)),
            Content::Set(_) | Content::Scalar(_) | Content::Mapping | Content::Sequence => {
                out.push_str(&self.anchor(id));
                out.push_str(&self.fresh_flow(id, self.geometry.indentation(node.span.start)));
            }
        }
        out
    }

    /// A value written anew in braces, or as a scalar on one line.
    fn fresh_flow(&self, id: NodeId, prefix: &str) -> Text {
        let context = self.flow_context();
        match self.draft.content(id) {
            Content::Set(value) => {
                return fresh::inline_scalar(&value, self.geometry.tree.node(id).style, context);
            }
            Content::Scalar(value) => return fresh::inline_scalar(&value, Style::Plain, context),
            Content::Kept | Content::Mapping | Content::Sequence => {}
        }
        let children = self.draft.living(id);
        let mapping = self.draft.is_mapping(id) != Some(false);
        let (open, close) = if mapping { ('{', '}') } else { ('[', ']') };
        let lined = self.house.json && self.house.multi_line && !children.is_empty();
        let inner = format!("{prefix}{}", self.house.unit);
        let mut out = Zeroizing::new(String::from(open));
        for (at, child) in children.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            if lined {
                out.push_str(self.house.newline);
                out.push_str(&inner);
            } else if at > 0 && (self.house.spaced || !self.house.json) {
                out.push(' ');
            }
            out.push_str(&self.flow_new(*child, &inner, id));
        }
        if lined {
            out.push_str(self.house.newline);
            out.push_str(prefix);
        }
        out.push(close);
        out
    }

    /// A node in block style rewritten on one line.
    fn flattened(&self, id: NodeId) -> Text {
        if !self.draft.is_original(id) || !self.draft.is_kept(id) {
            return self.fresh_flow(id, "");
        }
        let node = self.geometry.tree.node(id);
        let props = node.props.as_ref().map(|props| self.geometry.slice(props.span));
        let mut out = Zeroizing::new(props.map_or_else(String::new, |props| format!("{props} ")));
        match &node.shape {
            Shape::Alias(_) => out.push_str(self.geometry.slice(node.span)),
            Shape::Scalar(text) => {
                let decoded = self.geometry.tree.text(text, self.geometry.text);
                let raw = self.geometry.slice(node.span);
                let typed = read::scalar(self.draft.stream.source(), self.geometry.tree, id);
                let string = matches!(typed, Ok(Some(Typed::String(_))));
                let quoted = matches!(node.style, Style::SingleQuoted | Style::DoubleQuoted);
                let as_written = !raw.contains('\n')
                    && !self.geometry.is_block_scalar(id)
                    && (quoted || !string || scalar::is_plain(decoded, Context::Flow));
                if as_written && self.house.json {
                    out.push_str(raw);
                } else if as_written {
                    out.push_str(if raw.is_empty() { "null" } else { raw });
                } else {
                    out.push_str(&scalar::one_line(
                        decoded,
                        Style::DoubleQuoted,
                        self.flow_context(),
                    ));
                }
            }
            Shape::Mapping(_) | Shape::Sequence(_) if node.style == Style::Flow => {
                if self.draft.is_dirty(id) {
                    out.push_str(&self.flow(id));
                } else {
                    out.push_str(self.geometry.slice(node.span));
                }
            }
            Shape::Mapping(_) | Shape::Sequence(_) => {
                let mapping = matches!(node.shape, Shape::Mapping(_));
                out.push(if mapping { '{' } else { '[' });
                for (at, child) in self.draft.living(id).into_iter().enumerate() {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    if mapping {
                        out.push_str(&self.key_text(child, self.flow_context()));
                        out.push_str(": ");
                    }
                    out.push_str(&self.flattened(child));
                }
                out.push(if mapping { '}' } else { ']' });
            }
        }
        out
    }

    /// The key of an entry where the author's text around it is not copied.
    pub(crate) fn key_text(&self, id: NodeId, context: Context) -> Text {
        if self.draft.new_key(id).is_none()
            && let Some(pair) = self.draft.pair(id)
        {
            let key = self.geometry.tree.node(pair.key);
            let raw = self.geometry.slice(key.outer());
            let quoted = matches!(key.style, Style::SingleQuoted | Style::DoubleQuoted);
            if !raw.contains('\n') && (quoted || context == Context::Block || scalar::is_plain(raw, context))
            {
                return Zeroizing::new(raw.to_owned());
            }
        }
        fresh::key(&self.draft.key(id).unwrap_or_default(), context)
    }

    fn refuse_comments(&self, id: NodeId) {
        let node = self.geometry.tree.node(id);
        let Slot::Value(slot) = node.slot else { return };
        let extent = self.extents(node.parent)[slot as usize];
        let comments = &self.geometry.tree.comments;
        let first = comments.partition_point(|comment| comment.start < extent.lead);
        if comments
            .get(first)
            .is_some_and(|comment| comment.start < extent.end)
        {
            let place = self.draft.place_of(id);
            let path = self.draft.path_of(id);
            self.refuse(EditError::CommentIntoFlow { place, path });
        }
    }

    /// The bytes of each original element of a collection in braces.
    fn elements(&self, id: NodeId) -> Vec<Span> {
        let tree = self.geometry.tree;
        let end = |node: NodeId| tree.node(node).outer().end;
        match &tree.node(id).shape {
            Shape::Mapping(pairs) => pairs.iter().map(|p| Span::new(p.start, end(p.value))).collect(),
            Shape::Sequence(items) => items.iter().map(|i| Span::new(i.start, end(i.node))).collect(),
            Shape::Scalar(_) | Shape::Alias(_) => Vec::new(),
        }
    }
}

/// A seam on one line without its comma, `" "` in `{ a: 1 }`.
fn blanks_only(seam: &str) -> String {
    without_comma(seam)
        .chars()
        .filter(|c| matches!(c, ' ' | '\t'))
        .collect()
}
